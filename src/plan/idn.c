/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "plan/idn.h"

#include <stdlib.h>
#include <string.h>
#ifdef HAVE_IDN
#include <idn2.h>
#endif

bool idn_wanted(struct view name)
{
	for (size_t i = 0; i < name.length; i++)
		if ((unsigned char)name.text[i] >= 0x80)
			return true;
	return false;
}

#ifdef HAVE_IDN
int idn_to_ascii(char **asciip, struct view name, struct vastar_error *err)
{
	char *text = strndup(name.text, name.length), *ascii;
	int rc;

	if (!text)
		return err_nomem(err, "URL");
	/* As in browsers (UTS 46, non-transitional). */
	rc = idn2_to_ascii_8z(text, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
	free(text);
	if (rc == IDN2_MALLOC)
		return err_nomem(err, "URL");
	if (rc != IDN2_OK)
		return err_set(err, VASTAR_E_USAGE,
			       "URL: the host is not a valid international name: %s (correct it, or write "
			       "its xn-- form)",
			       idn2_strerror(rc));
	/* The library may use another allocator than ours. */
	*asciip = strdup(ascii);
	idn2_free(ascii);
	return *asciip ? 0 : err_nomem(err, "URL");
}
#else
int idn_to_ascii(char **asciip, struct view name, struct vastar_error *err)
{
	(void)asciip;
	(void)name;
	return err_set(err, VASTAR_E_USAGE,
		       "URL: the host is an international name, and this vastar was built without libidn2 "
		       "(install libidn2-dev and build it again, or write the xn-- form of the name)");
}
#endif
