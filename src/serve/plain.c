/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "serve/plain.h"

#include <stdlib.h>
#include <string.h>

#include "serve/pattern.h"
#include "serve/render.h"

static bool build_variant(struct plain *plain, unsigned variant, struct response response)
{
	struct render_text text = {0};
	uint64_t body = render_has_body(response.status) ? response.length : 0;
	uint32_t one, copies;

	response.close = variant % 3 == 1;
	response.keep_alive = variant % 3 == 2;
	response.is_head = variant >= 3;
	if (response.status == 205)
		body = 0;
	if (!render_head(&text, &response, FRAMING_LENGTH, body) ||
	    (!response.is_head && !render_add(&text, pattern(), body))) {
		free(text.bytes);
		return false;
	}
	one = (uint32_t)text.used;
	copies = response.close ? 1 : PLAIN_BODY_MAX / one;
	copies = copies < 1 ? 1 : copies > PLAIN_COPIES ? PLAIN_COPIES : copies;
	plain->variants[variant].length = one;
	plain->variants[variant].copies = copies;
	plain->variants[variant].bytes = malloc((size_t)one * copies);
	for (uint32_t i = 0; i < copies && plain->variants[variant].bytes; i++)
		memcpy(plain->variants[variant].bytes + (size_t)i * one, text.bytes, one);
	free(text.bytes);
	return plain->variants[variant].bytes;
}

bool plain_init(struct plain *plain, const struct serve_settings *settings)
{
	struct response response;

	response_default(settings, &response);
	*plain =
	    (struct plain){.status = response.status,
			   .usable = response.body == RESPONSE_PLAIN && response.length <= PLAIN_BODY_MAX};
	for (unsigned i = 0; i < PLAIN_VARIANTS && plain->usable; i++) {
		if (!build_variant(plain, i, response)) {
			plain_deinit(plain);
			return false;
		}
	}
	return true;
}

void plain_deinit(struct plain *plain)
{
	for (unsigned i = 0; i < PLAIN_VARIANTS; i++)
		free(plain->variants[i].bytes);
	*plain = (struct plain){0};
}
