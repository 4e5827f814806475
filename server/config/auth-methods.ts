/** Ways of sending the client's credentials to the token endpoint (RFC 7591 §2; `client_secret_basic_raw` is ours). */
export const TOKEN_ENDPOINT_AUTH_METHODS = [
  'client_secret_basic',
  'client_secret_basic_raw',
  'client_secret_post',
  'none',
] as const
export type TokenEndpointAuthMethod = (typeof TOKEN_ENDPOINT_AUTH_METHODS)[number]
