// Runs before anything is drawn: where the address names areas, room is kept for them, so that nothing moves when they come.
if (new URLSearchParams(window.location.search).has('area')) document.documentElement.classList.add('cm-comparing')
