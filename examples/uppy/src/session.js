const COOKIE = "__Host-session";
const NO_COOKIE =
  "This browser keeps no Secure cookie over http, as Safari doesn't: run cargo xtask dev --example uppy --https, and open the address that it prints.";

/**
 * The session that `cargo xtask dev` makes, in the cookie that the edge reads. In production the
 * application sets this cookie when somebody signs in, HttpOnly, so that no script can read the token.
 */
export async function startSession() {
  const response = await fetch("/dev-session.json", { cache: "no-store" }).catch(() => undefined);
  const session = response?.ok ? await response.json().catch(() => undefined) : undefined;
  if (!session?.token) {
    throw new Error("/dev-session.json gave no session. Restart cargo xtask dev, then reload.");
  }
  document.cookie = `${COOKIE}=${session.token}; Path=/; Secure; SameSite=Strict`;
  if (!document.cookie.includes(`${COOKIE}=`)) throw new Error(NO_COOKIE);
  return session;
}
