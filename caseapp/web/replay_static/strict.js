// Stands before the viewer's own worker in one script: whatever that answers carries a strict policy. A captured page
// may run, but it may not talk to anyone.
(() => {
  "use strict";
  if (!self.FetchEvent) return; // the viewer also runs its script as a plain worker, which answers nobody
  const POLICY = "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; form-action 'self'; "
    + "frame-ancestors 'self'; base-uri 'self'";
  const strict = (answer) => {
    if (!(answer instanceof Response) || answer.type.startsWith("opaque") || answer.status < 200) return answer;
    const headers = new Headers(answer.headers);
    headers.set("Content-Security-Policy", POLICY);
    const empty = [204, 205, 304].includes(answer.status);
    return new Response(empty ? null : answer.body, { status: answer.status, statusText: answer.statusText, headers });
  };
  const respond = FetchEvent.prototype.respondWith;
  FetchEvent.prototype.respondWith = function respondWith(answer) {
    return respond.call(this, Promise.resolve(answer).then(strict));
  };
})();
