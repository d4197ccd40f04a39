// The page of one's own account.
import { change, finished } from "./api.js";
import { acts } from "./acts.js";
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

async function takeIn() {
  const { job } = await change("POST", "imports", {});
  const told = await finished(job, (state) => say(word("importing", { done: state.done, total: state.total })));
  await refresh();
  say(told.summary ?? word("imported"));
}

async function erase() {
  const fields = [{ name: "password", label: word("password"), type: "password" }];
  const told = await ask({ title: word("eraseTitle"), text: word("eraseText"), go: word("eraseGo"), danger: true, fields });
  if (!told) return;
  await change("DELETE", "account", { password: told.password });
  location.assign("/login");
}

acts({ unshare, erase, import: takeIn, export: (button) => exported(button.dataset.kind) });
