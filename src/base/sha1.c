/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "base/sha1.h"

#include <assert.h>
#include <string.h>

enum { BLOCK = 64, ROUNDS = 80 };

static uint32_t rotate(uint32_t word, unsigned bits)
{
	return word << bits | word >> (32 - bits);
}

static uint32_t read_word(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void write_word(uint8_t *at, uint32_t word)
{
	for (unsigned i = 0; i < 4; i++)
		at[i] = (uint8_t)(word >> (24 - 8 * i));
}

static uint32_t mix(unsigned round, uint32_t b, uint32_t c, uint32_t d)
{
	switch (round / 20) {
	case 0:
		return ((b & c) | (~b & d)) + 0x5a827999;
	case 1:
		return (b ^ c ^ d) + 0x6ed9eba1;
	case 2:
		return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
	default:
		return (b ^ c ^ d) + 0xca62c1d6;
	}
}

static void take_block(uint32_t state[5], const uint8_t *block)
{
	uint32_t words[ROUNDS], a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];

	for (unsigned i = 0; i < ROUNDS; i++)
		words[i] = i < 16 ? read_word(block + 4 * (size_t)i)
				  : rotate(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
	for (unsigned i = 0; i < ROUNDS; i++) {
		uint32_t next = rotate(a, 5) + mix(i, b, c, d) + e + words[i];

		e = d;
		d = c;
		c = rotate(b, 30);
		b = a;
		a = next;
	}
	state[0] += a;
	state[1] += b;
	state[2] += c;
	state[3] += d;
	state[4] += e;
}

void sha1(const void *bytes, size_t length, uint8_t digest[SHA1_SIZE])
{
	uint32_t state[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
	uint8_t blocks[2 * BLOCK] = {0};
	size_t padded = length + 9 <= BLOCK ? BLOCK : 2 * BLOCK;

	assert(length <= SHA1_INPUT_MAX);
	memcpy(blocks, bytes, length);
	blocks[length] = 0x80;
	write_word(blocks + padded - 4, (uint32_t)(8 * length));
	for (size_t at = 0; at < padded; at += BLOCK)
		take_block(state, blocks + at);
	for (unsigned i = 0; i < 5; i++)
		write_word(digest + 4 * (size_t)i, state[i]);
}
