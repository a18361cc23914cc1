// Stands in for Workers KV, as workerd talks to it: nothing is there, and every write is taken.

export default {
  fetch(request) {
    return new Response(null, { status: request.method === "GET" ? 404 : 200 });
  },
};
