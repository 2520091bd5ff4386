"use strict";

// Typing goes to the terminal as soon as it shows something, without a click first.
addEventListener("DOMContentLoaded", () => {
  new MutationObserver(() => document.querySelector("#terminal textarea")?.focus()).observe(document.body, {
    attributeFilter: ["class"],
  });
});
