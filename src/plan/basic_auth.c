/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "plan/basic_auth.h"

#include <stdlib.h>
#include <string.h>

#include "base/base64.h"

char *basic_authorization(const char *user_password)
{
	size_t length = strlen(user_password);
	char *text = malloc(sizeof("Basic ") + base64_length(length));

	if (text)
		*base64(stpcpy(text, "Basic "), user_password, length) = '\0';
	return text;
}
