// Pictures that wait for a script, and the weather in the masthead. Without scripts the page reads just as well.
"use strict";

for (const image of document.querySelectorAll("img[data-src]")) {
  image.src = image.dataset.src;
}

const corner = document.querySelector("[data-weather]");
if (corner && window.courier) {
  const sign = new Image(32, 32);
  sign.src = window.courier.weather.icon;
  sign.alt = "";
  corner.append(sign, window.courier.weather.text);
}
