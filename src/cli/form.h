/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Bodies of forms, from options as in curl: --data-urlencode and -F. */
#ifndef VASTAR_CLI_FORM_H
#define VASTAR_CLI_FORM_H

#include <stddef.h>
#include <stdint.h>

#include <vastar/vastar.h>

#include "cli/options.h"

/* application/x-www-form-urlencoded: the items, joined with "&". An item is "text", "=text", "name=text",
 * "@file" or "name@file"; text and files are percent-encoded (RFC 3986 section 2; a blank becomes "+"), names
 * are not. The body is the caller's. */
int form_urlencode(const struct option_list *items, char **bodyp, size_t *lengthp, struct vastar_error *err);

/* multipart/form-data (RFC 7578): a part for each item, "name=text", "name=@file" or "name=<file", with
 * ";type=TYPE" and ";filename=NAME" behind it. Values may be quoted. *typep gets the Content-Type, with a
 * boundary that follows from `seed` and is not in the parts. Body and type are the caller's. */
int form_multipart(const struct option_list *items, uint64_t seed, char **bodyp, size_t *lengthp,
		   char **typep, struct vastar_error *err);

#endif
