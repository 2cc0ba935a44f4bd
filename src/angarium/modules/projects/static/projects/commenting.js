// Ctrl+Enter, or ⌘+Enter, sends what one writes.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || !event.target.matches("textarea[data-send]")) return;
  event.preventDefault();
  event.target.form.requestSubmit();
});
