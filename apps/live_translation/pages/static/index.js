// Choosing a role: listeners type a code here, everyone sees which engine translates.

import { byId } from "./page.js";
import { errorWords, isSessionCode, loadLanguages, sessionCode, UNREACHABLE } from "./words.js";

byId("join").addEventListener("submit", (event) => {
  event.preventDefault();
  const code = sessionCode(byId("code").value);
  if (isSessionCode(code)) {
    location.assign(`/listener?session=${encodeURIComponent(code)}`);
    return;
  }
  byId("code-problem").textContent = errorWords({ code: "INVALID_SESSION_ID" });
  byId("code").focus();
});

byId("code").addEventListener("input", () => {
  byId("code-problem").textContent = "";
});

try {
  const { note } = await loadLanguages();
  byId("engine").textContent = note;
} catch {
  byId("engine").textContent = UNREACHABLE;
}
