// Choosing a role: listeners type a code here, everyone sees which engine translates.

import { byId, errorWords, loadLanguages, sessionCode, UNREACHABLE } from "./words.js";

const CODE = /^[a-z]+-[a-z]+-[1-9][0-9]{2}$/;

byId("join").addEventListener("submit", (event) => {
  event.preventDefault();
  const code = sessionCode(byId("code").value);
  if (CODE.test(code)) {
    location.assign(`/listener?session=${encodeURIComponent(code)}`);
    return;
  }
  byId("code-problem").textContent = errorWords({ code: "INVALID_SESSION_ID" });
  byId("code").focus();
});

byId("code").addEventListener("input", () => {
  byId("code-problem").textContent = "";
});

loadLanguages().catch(() => {
  byId("engine").textContent = UNREACHABLE;
});
