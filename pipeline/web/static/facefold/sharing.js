// A person or a photo to another account here.
import { change } from "./api.js";
import { ask } from "./ask.js";
import { say } from "./say.js";
import { word } from "./words.js";

/** Asks who may see it, and whether they may comment. */
export async function sharing(what) {
  const fields = [
    { name: "account", label: word("shareWith") },
    { name: "may_comment", label: word("shareComment"), type: "checkbox", value: true },
  ];
  const told = await ask({ title: word("shareTitle"), text: word("shareText"), go: word("shareGo"), fields });
  if (!told) return;
  const answer = await change("POST", "shares", { ...what, ...told });
  say(answer?.summary ?? word("shared", { name: told.account }));
}
