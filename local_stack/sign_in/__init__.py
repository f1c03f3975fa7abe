"""Stands in for the address that Cognito gives a user pool: managed login, and its OAuth 2.0 endpoints.

Accounts, clients and keys are those of the emulated pool, so that whoever a script or a test makes there can
sign in here, and whoever signs up here is known there. What Cognito does and this does not:

- second factors, passkeys, codes instead of passwords, other identity providers, branding, languages;
- a new password in place of a forgotten or a temporary one: who has a temporary one is told so;
- e-mail: no code is sent, and any six digits confirm an account;
- other flows than that of authorization codes: `client_credentials`, the implicit one, clients with a secret;
- a code flow without PKCE, which Cognito allows unless the application asks for it: here it must ask;
- rotation of refresh tokens, `prompt` other than `login`, limits on attempts, a domain for each pool (one
  address serves them all, but only pools that have a domain).
"""
