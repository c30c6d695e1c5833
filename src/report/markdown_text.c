/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/markdown_text.h"

#include <string.h>

void markdown_text(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text < ' ' || *text > '~') {
			fputc('?', out);
			continue;
		}
		if (strchr("\\`*_[]<>|~&#$@", *text))
			fputc('\\', out);
		fputc(*text, out);
	}
}
