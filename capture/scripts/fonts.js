// Wait until the page's own fonts are there, at most `ms`.
async ({ ms }) => {
  const late = new Promise((done) => setTimeout(() => done(false), ms));
  const ready = document.fonts.ready.then(() => true);
  const inTime = await Promise.race([ready, late]);
  const faces = [...document.fonts];
  return { in_time: inTime, loaded: faces.filter((f) => f.status === "loaded").length,
           failed: faces.filter((f) => f.status === "error").length };
}
