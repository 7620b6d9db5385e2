const KEY = "roomful.admin-token";

/** Keep the admin token for this browser tab, so that a reload does not ask for it again. */
export function rememberAdminToken(token: string): void {
  window.sessionStorage.setItem(KEY, token);
}

export function adminToken(): string | undefined {
  return window.sessionStorage.getItem(KEY) ?? undefined;
}
