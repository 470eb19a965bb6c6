// How listeners get in: the session's code, its link, and the same link as a QR code.

import { byId } from "./page.js";

const COPIED_FOR = 2_000;

export function showInvitation(sessionId) {
  const link = new URL(`/listener?session=${encodeURIComponent(sessionId)}`, location.href).href;
  byId("session").textContent = sessionId;
  byId("link").href = link;
  byId("link").textContent = link.replace(/^https?:\/\//, "");
  const picture = byId("qr");
  picture.onload = () => (byId("qr-frame").hidden = false);
  picture.src = `/qr?session=${encodeURIComponent(sessionId)}&scheme=${location.protocol.slice(0, -1)}`;
  picture.alt = `QR code of the link to ${sessionId}`;
}

async function copy() {
  try {
    await navigator.clipboard.writeText(byId("link").href);
    byId("copy").textContent = "Copied";
  } catch {
    // Without a secure context there is no clipboard: mark the link so that the keyboard can copy it.
    getSelection().selectAllChildren(byId("link"));
    byId("copy").textContent = "Press Ctrl+C";
  }
  setTimeout(() => (byId("copy").textContent = "Copy link"), COPIED_FOR);
}

byId("copy").addEventListener("click", copy);
byId("enlarge").addEventListener("click", () => {
  byId("big-qr").src = byId("qr").src;
  byId("big-qr").alt = byId("qr").alt;
  byId("big-code").textContent = byId("session").textContent;
  byId("big").showModal();
});
