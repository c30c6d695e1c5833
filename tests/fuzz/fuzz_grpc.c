/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Messages of a gRPC response, however they are cut, and the fields with its status. Input: a byte for the
 * cuts, one for the longest message, then the bytes: as DATA, and as the value of each field.
 */
#include "fuzz.h"
#include "proto/grpc.h"

/* The result of a straightforward parser of the whole. */
static enum grpc_breach plain(const uint8_t *at, size_t length, uint32_t most, uint32_t *messagesp,
			      bool *cutp)
{
	*messagesp = 0;
	while (length >= GRPC_PREFIX) {
		uint32_t message =
		    (uint32_t)at[1] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 8 | at[4];

		if (at[0])
			return at[0] == 1 ? GRPC_COMPRESSED : GRPC_BAD_FLAG;
		if (message > most)
			return GRPC_TOO_LONG;
		if (message > length - GRPC_PREFIX)
			break;
		at += GRPC_PREFIX + message;
		length -= GRPC_PREFIX + message;
		(*messagesp)++;
	}
	*cutp = length;
	return GRPC_FINE;
}

static void take(const uint8_t *data, size_t size, unsigned step, uint32_t most)
{
	struct grpc_call call = {.status = GRPC_NO_STATUS};
	enum grpc_breach breach = GRPC_FINE, expected;
	uint32_t messages;
	bool cut = false;

	expected = plain(data, size, most, &messages, &cut);
	for (size_t at = 0; at < size && breach == GRPC_FINE; at += step)
		breach = grpc_take(&call, data + at, size - at < step ? size - at : step, most);
	MUST(breach == expected);
	MUST(call.messages == messages);
	MUST(breach != GRPC_FINE || grpc_cut(&call) == cut);
	for (unsigned http = 100; http < 600; http += 100)
		MUST(grpc_status_at_end(&call, http) < GRPC_STATUSES);
}

static void fields(const char *value, size_t length)
{
	static const char *const names[] = {"grpc-status", "grpc-message", "content-type", "other"};
	char text[GRPC_TEXT] = "";

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct grpc_said said = {.status = GRPC_NO_STATUS};

		grpc_field(&said, text, names[i], strlen(names[i]), value, length);
		MUST(said.status < GRPC_STATUSES || said.status == GRPC_NO_STATUS);
		MUST((said.status < GRPC_STATUSES) == (i == 0));
		MUST(memchr(text, '\0', sizeof(text)));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	take(data + 2, size - 2, data[0] ? data[0] : 1, data[1] == 255 ? UINT32_MAX : data[1]);
	take(data + 2, size - 2, 1, data[1]);
	fields((const char *)data + 2, size - 2);
	return 0;
}
