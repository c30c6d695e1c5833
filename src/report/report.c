/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/report.h"

#include <errno.h>
#include <string.h>

#include "report/emit.h"

const struct report_format *report_format_find(const char *name)
{
	static const struct report_format *const formats[] = {&report_text, &report_json};

	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
		if (!strcmp(formats[i]->name, name))
			return formats[i];
	}
	return NULL;
}

int report_emit(FILE *out, const char *bytes, size_t length, struct vastar_error *err)
{
	errno = 0;
	if (fwrite(bytes, 1, length, out) == length && !fflush(out) && !ferror(out))
		return 0;
	return err_set(err, VASTAR_E_SYSTEM, "report: cannot write it: %s (the output is incomplete)",
		       errno ? strerror(errno) : "the stream had failed before");
}
