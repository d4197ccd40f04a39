// Names out to other programs: a job makes the file, which is then fetched.
import { change, finished } from "./api.js";
import { ask } from "./ask.js";
import { say } from "./say.js";
import { word } from "./words.js";

const KINDS = ["csv", "json", "folders", "sidecars", "copies"];

/** Asks for a kind, has it made, and fetches it; of some people, or of all. */
export async function exporting(people = []) {
  const choices = KINDS.map((kind) => [kind, word(`export_${kind}`)]);
  const fields = [{ name: "kind", label: word("exportKind"), type: "select", choices }];
  const told = await ask({ title: word("exportTitle"), text: word("exportText"), go: word("exportGo"), fields });
  if (told) await exported(told.kind, people);
}

/** Has an export made, and fetches it. */
export async function exported(kind, people = []) {
  const { job } = await change("POST", "exports", people.length ? { kind, people } : { kind });
  await finished(job, (state) => say(word(state.total ? "exportingSteps" : "exporting", state)));
  say(word("exported"));
  const link = document.createElement("a");
  link.href = `/api/exports/${job}/file`;
  link.download = "";
  link.click();
}
