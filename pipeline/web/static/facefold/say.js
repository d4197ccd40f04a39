// One line above the dock says what was done, or what went wrong; screen readers hear it.
const line = document.getElementById("said");
let timer = 0;

/** Says a text for some seconds. */
export function say(text, wrong = false) {
  clearTimeout(timer);
  line.textContent = text;
  line.classList.toggle("wrong", wrong);
  if (text) timer = setTimeout(() => say(""), wrong ? 20000 : 7000);
}
