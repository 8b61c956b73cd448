// List the pictures the page shows, in the order of its tree: address, words, box, own size.
({ least, most }) => [...document.images]
  .map((image) => ({ image, r: image.getBoundingClientRect() }))
  .filter(({ image, r }) => r.width >= least && r.height >= least && image.currentSrc.startsWith("http")
    && image.complete && image.naturalWidth > 0 && image.checkVisibility())
  .slice(0, most)
  .map(({ image, r }) => ({
    url: image.currentSrc.split("#")[0].slice(0, 8192),
    alt: image.alt.slice(0, 200),
    box: [r.left + scrollX, r.top + scrollY, r.width, r.height].map(Math.round),
    size: [image.naturalWidth, image.naturalHeight],
  }))
