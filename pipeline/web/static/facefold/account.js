// The page of one's own account.
import { change } from "./api.js";
import { acts, forms } from "./acts.js";
import { ask } from "./ask.js";
import { exported } from "./exporting.js";
import { refresh } from "./refresh.js";
import { say } from "./say.js";
import { word } from "./words.js";

async function unshare(button) {
  const answer = await change("DELETE", `shares/${button.dataset.share}`);
  await refresh();
  say(answer?.summary ?? word("unshared"));
}

async function end(buttons) {
  for (const button of buttons) await change("DELETE", `sessions/${button.dataset.session}`);
  await refresh();
  say(word("ended", { n: buttons.length }));
}

async function erase() {
  const fields = [{ name: "password", label: word("password"), type: "password" }];
  const told = await ask({ title: word("eraseTitle"), text: word("eraseText"), go: word("eraseGo"), danger: true, fields });
  if (!told) return;
  await change("DELETE", "account", { password: told.password });
  location.assign("/login");
}

acts({
  unshare,
  erase,
  end: (button) => end([button]),
  endOthers: () => end([...document.querySelectorAll("[data-session]")]),
  export: (button) => exported(button.dataset.kind),
});

async function calibrate(form) {
  const rate = Number(form.elements.rate.value);
  const told = await change("POST", "calibration", { false_merge_rate: rate });
  const [distance, low, high] = [told.distance, told.low, told.high].map((value) => value.toFixed(2));
  await refresh();
  say(word("calibrated", { distance, low, high, same: told.n_same, different: told.n_different }));
}

forms({ calibrate });
