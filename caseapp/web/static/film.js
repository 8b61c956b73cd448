// A chapter of the film is a button: the film goes there.
(() => {
  "use strict";
  const film = document.getElementById("film");
  if (!film) return;
  document.querySelectorAll("[data-seek]").forEach((button) => {
    button.addEventListener("click", () => {
      film.currentTime = Number(button.dataset.seek);
      film.play();
    });
  });
})();
