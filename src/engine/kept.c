/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "engine/kept.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 1024 };

bool kept_add(struct kept *kept, const char *bytes, size_t length, size_t most)
{
	size_t room = kept->room ? kept->room : FIRST_ROOM;

	if (length > most - kept->length)
		length = most - kept->length;
	while (room < kept->length + length + 1)
		room *= 2;
	if (room > kept->room) {
		char *grown = realloc(kept->bytes, room);

		if (!grown)
			return false;
		kept->bytes = grown;
		kept->room = room;
	}
	memcpy(kept->bytes + kept->length, bytes, length);
	kept->length += length;
	kept->bytes[kept->length] = '\0';
	return true;
}

void kept_free(struct kept *kept)
{
	free(kept->bytes);
	*kept = (struct kept){0};
}
