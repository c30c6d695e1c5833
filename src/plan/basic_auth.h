/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef VASTAR_PLAN_BASIC_AUTH_H
#define VASTAR_PLAN_BASIC_AUTH_H

/* "Basic " + base64 of "user:password" (RFC 7617, RFC 4648); the caller frees it. NULL: out of memory. */
char *basic_authorization(const char *user_password);

#endif
