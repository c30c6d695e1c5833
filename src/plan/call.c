/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "plan/call.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { PREFIX = 5, TIMEOUT_MAX = 99999999 };

/* The number of messages in the body. False: the last one is cut off. */
static bool count_messages(const uint8_t *at, size_t length, uint32_t *countp)
{
	*countp = 0;
	while (length >= PREFIX) {
		uint64_t message =
		    (uint32_t)at[1] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 8 | at[4];

		if (message > length - PREFIX)
			return false;
		at += PREFIX + message;
		length -= PREFIX + message;
		(*countp)++;
	}
	return !length;
}

/* These come from the call itself. */
static const char *reserved_header(const struct vastar_settings *settings)
{
	static const char *const names[] = {"content-type", "te", "grpc-timeout"};

	for (size_t i = 0; settings->headers && i < settings->header_count; i++)
		for (size_t k = 0; k < sizeof(names) / sizeof(*names); k++) {
			size_t length = strlen(names[k]);

			if (!strncasecmp(settings->headers[i], names[k], length) &&
			    strchr(":;", settings->headers[i][length]))
				return names[k];
		}
	return NULL;
}

/* Metadata whose name ends in -bin travels in base64, with or without padding. */
static bool is_base64(const char *value)
{
	value += strspn(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
	return !value[strspn(value, "=")];
}

static int check_binary(const char *header, struct vastar_error *err)
{
	size_t length = strcspn(header, ":");

	if (length < 4 || strncasecmp(header + length - 4, "-bin", 4) != 0 || !header[length] ||
	    is_base64(header + length + 1 + strspn(header + length + 1, " \t")))
		return 0;
	return err_set(err, VASTAR_E_USAGE,
		       "metadata %.*s: its value is not base64, which names that end in -bin have",
		       length < 60 ? (int)length : 60, header);
}

int call_fill(struct call *call, const struct vastar_settings *settings, struct vastar_error *err)
{
	const char *reserved;

	if (!settings->grpc)
		return 0;
	reserved = reserved_header(settings);
	if (reserved)
		return err_set(err, VASTAR_E_USAGE,
			       "metadata: %s comes from the call itself (leave it out%s)", reserved,
			       strcmp(reserved, "grpc-timeout") ? "" : ", and use -t");
	if (settings->disable_keepalive && settings->streams > 1)
		return err_set(err, VASTAR_E_USAGE,
			       "--disable-keepalive and --streams: a connection for one call has one stream "
			       "(leave one of them out)");
	for (size_t i = 0; settings->headers && i < settings->header_count; i++)
		if (check_binary(settings->headers[i], err))
			return -VASTAR_E_USAGE;
	*call = (struct call){
	    .wanted = true,
	    .one_message = settings->grpc_one_message,
	    .gap_ns = settings->grpc_gap_ns,
	    .longest_message =
		settings->grpc_longest_message ? settings->grpc_longest_message : CALL_MESSAGE_MAX,
	};
	if (!count_messages(settings->body, settings->body_length, &call->messages))
		return err_set(err, VASTAR_E_USAGE,
			       "body: it is not made of gRPC messages (each has a prefix of 5 bytes)");
	if (settings->timeout_ns && call->messages > 1 &&
	    settings->grpc_gap_ns > settings->timeout_ns / (call->messages - 1))
		return err_set(err, VASTAR_E_USAGE,
			       "--stream-gap: %" PRIu32
			       " messages take longer than the deadline of a call (raise "
			       "-t, or -t 0)",
			       call->messages);
	return 0;
}

void call_timeout(char text[16], uint64_t timeout_ns)
{
	static const struct {
		uint64_t ns;
		char unit;
	} units[] = {{1, 'n'},		{1000, 'u'},	    {1000000, 'm'},
		     {1000000000, 'S'}, {60000000000, 'M'}, {3600000000000, 'H'}};

	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		uint64_t count = timeout_ns / units[i].ns;

		if (count > TIMEOUT_MAX)
			continue;
		snprintf(text, 16, "%" PRIu64 "%c", count, units[i].unit);
		return;
	}
}
