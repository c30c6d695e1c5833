/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>

int err_set(struct vastar_error *err, enum vastar_status status, const char *format, ...)
{
	if (err) {
		va_list args;

		err->status = status;
		va_start(args, format);
		vsnprintf(err->text, sizeof(err->text), format, args);
		va_end(args);
	}
	return -(int)status;
}

int err_nomem(struct vastar_error *err, const char *what)
{
	return err_set(err, VASTAR_E_SYSTEM, "%s: out of memory (use fewer connections or free some memory)",
		       what);
}
