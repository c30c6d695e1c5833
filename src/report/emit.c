/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/emit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int report_emit(FILE *out, const char *bytes, size_t length, struct vastar_error *err)
{
	errno = 0;
	if (fwrite(bytes, 1, length, out) == length && !fflush(out) && !ferror(out))
		return 0;
	return err_set(err, VASTAR_E_SYSTEM, "report: cannot write it: %s (the output is incomplete)",
		       errno ? strerror(errno) : "an earlier write failed");
}

/* For fopencookie(): returning 0 makes the stream fail. */
static ssize_t draft_write(void *cookie, const char *bytes, size_t length)
{
	struct draft *draft = cookie;

	if (draft->length + length > draft->room) {
		size_t room = 2 * (draft->length + length);
		char *grown = realloc(draft->bytes, room);

		if (!grown) {
			draft->failed = true;
			return 0;
		}
		draft->bytes = grown;
		draft->room = room;
	}
	memcpy(draft->bytes + draft->length, bytes, length);
	draft->length += length;
	return (ssize_t)length;
}

bool draft_open(struct draft *draft)
{
	*draft = (struct draft){0};
	draft->stream = fopencookie(draft, "w", (cookie_io_functions_t){.write = draft_write});
	return draft->stream != NULL;
}

int draft_emit(struct draft *draft, FILE *out, struct vastar_error *err)
{
	bool failed = ferror(draft->stream);
	int rc;

	failed |= fclose(draft->stream) != 0;
	rc = failed || draft->failed ? err_nomem(err, "report")
				     : report_emit(out, draft->bytes, draft->length, err);
	free(draft->bytes);
	return rc;
}
