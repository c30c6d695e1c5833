/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cli/exit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"

int exit_with(const struct vastar_error *err)
{
	char text[sizeof(err->text)];
	char *c;

	strcpy(text, err->text);
	for (c = text; *c; c++) /* a message may quote an argument, which might move the cursor */
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	fprintf(stderr, "vastar: %s\n", text);
	return err->status == VASTAR_E_USAGE ? EXIT_USAGE : EXIT_FAILED;
}

int exit_printed(void)
{
	struct vastar_error err;

	errno = 0;
	if (!fflush(stdout) && !ferror(stdout))
		return EXIT_OK;
	err_set(&err, VASTAR_E_SYSTEM, "standard output: cannot be written: %s (the output is incomplete)",
		strerror(errno ? errno : EIO));
	return exit_with(&err);
}
