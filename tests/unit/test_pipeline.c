/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/pipeline.h"

enum { CONNECTION = 1, CONNECTIONS = 3, DEPTH = 4, LENGTH = 10 };

static char bytes[] = "GET / X\r\n\r\n";

static struct pipelines pipelines_of(uint32_t depth, size_t length)
{
	struct request request = {.bytes = bytes, .length = length};
	struct pipelines pipelines;

	assert_true(pipelines_init(&pipelines, depth, CONNECTIONS, &request));
	return pipelines;
}

static struct pipelines fresh(void)
{
	return pipelines_of(DEPTH, LENGTH);
}

static const struct pipeline *line(const struct pipelines *pipelines)
{
	return &pipelines->lines[CONNECTION];
}

static void send_some(struct pipelines *pipelines, unsigned count, uint64_t now_ns)
{
	while (count--)
		pipeline_send(pipelines, CONNECTION, now_ns);
}

static size_t chunk(const struct pipelines *pipelines)
{
	size_t length;

	pipeline_chunk(pipelines, CONNECTION, &length);
	return length;
}

static void write_all(struct pipelines *pipelines, uint64_t now_ns)
{
	while (chunk(pipelines))
		pipeline_written(pipelines, CONNECTION, chunk(pipelines), now_ns);
}

static void one_send_carries_the_requests_that_are_due(void **state)
{
	struct pipelines pipelines = fresh();
	size_t length;
	const char *from;

	(void)state;
	assert_int_equal(pipelines.batch, DEPTH);
	assert_null(pipeline_chunk(&pipelines, CONNECTION, &length));
	assert_int_equal(length, 0);
	send_some(&pipelines, 3, 100);
	from = pipeline_chunk(&pipelines, CONNECTION, &length);
	assert_int_equal(length, 3 * LENGTH);
	for (int i = 0; i < 3; i++)
		assert_memory_equal(from + i * LENGTH, bytes, LENGTH);
	pipelines_deinit(&pipelines);
}

/* However the kernel cuts the sends, the bytes are those of whole requests, in order. */
static void short_writes_continue_where_they_ended(void **state)
{
	(void)state;
	for (size_t cut = 1; cut <= DEPTH * LENGTH; cut++) {
		struct pipelines pipelines = fresh();
		char seen[DEPTH * LENGTH];
		size_t at = 0, length;
		const char *from;

		send_some(&pipelines, DEPTH, 100);
		while ((from = pipeline_chunk(&pipelines, CONNECTION, &length))) {
			size_t taken = length < cut ? length : cut;

			assert_true(at + length <= sizeof(seen));
			memcpy(seen + at, from, taken);
			at += taken;
			pipeline_written(&pipelines, CONNECTION, taken, 100 + at);
			for (unsigned i = 0; i < DEPTH; i++) {
				size_t begin = i * LENGTH, end = begin + LENGTH;

				assert_int_equal(pipeline_taken(&pipelines, CONNECTION, i), at < begin ? 0
											    : at > end
												? LENGTH
												: at - begin);
				assert_int_equal(pipeline_at(&pipelines, CONNECTION, i)->written_ns != 0,
						 at >= end);
			}
		}
		assert_int_equal(at, sizeof(seen));
		for (int i = 0; i < DEPTH; i++)
			assert_memory_equal(seen + i * LENGTH, bytes, LENGTH);
		pipelines_deinit(&pipelines);
	}
}

static void long_requests_are_sent_one_by_one_and_not_copied(void **state)
{
	static char longer[PIPELINE_BATCH_MAX / 2 + 1];
	struct request request = {.bytes = longer, .length = sizeof(longer)};
	struct pipelines pipelines;
	size_t length;

	(void)state;
	assert_true(pipelines_init(&pipelines, 64, CONNECTIONS, &request));
	assert_int_equal(pipelines.batch, 1);
	send_some(&pipelines, 2, 100);
	for (int i = 0; i < 2; i++) {
		assert_ptr_equal(pipeline_chunk(&pipelines, CONNECTION, &length), longer);
		assert_int_equal(length, sizeof(longer));
		pipeline_written(&pipelines, CONNECTION, 5, 200);
		assert_ptr_equal(pipeline_chunk(&pipelines, CONNECTION, &length), longer + 5);
		assert_int_equal(length, sizeof(longer) - 5);
		pipeline_written(&pipelines, CONNECTION, length, 300);
	}
	assert_null(pipeline_chunk(&pipelines, CONNECTION, &length));
	pipelines_deinit(&pipelines);
}

static void a_batch_is_bounded(void **state)
{
	static char request_bytes[PIPELINE_BATCH_MAX / 8];
	struct request request = {.bytes = request_bytes, .length = sizeof(request_bytes)};
	struct pipelines pipelines;

	(void)state;
	assert_true(pipelines_init(&pipelines, 64, CONNECTIONS, &request));
	assert_int_equal(pipelines.batch, 8);
	send_some(&pipelines, 20, 100);
	assert_int_equal(chunk(&pipelines), PIPELINE_BATCH_MAX);
	pipeline_written(&pipelines, CONNECTION, PIPELINE_BATCH_MAX - 1, 200);
	assert_int_equal(chunk(&pipelines), PIPELINE_BATCH_MAX - (sizeof(request_bytes) - 1));
	pipelines_deinit(&pipelines);
}

static void there_is_no_room_during_a_send(void **state)
{
	struct pipelines pipelines = fresh();

	(void)state;
	assert_int_equal(pipeline_room(&pipelines, CONNECTION), DEPTH);
	send_some(&pipelines, 3, 100);
	assert_int_equal(pipeline_room(&pipelines, CONNECTION), 0);
	write_all(&pipelines, 200);
	assert_int_equal(pipeline_room(&pipelines, CONNECTION), 1);
	send_some(&pipelines, 1, 300);
	write_all(&pipelines, 400);
	assert_int_equal(pipeline_room(&pipelines, CONNECTION), 0);
	pipeline_pop(&pipelines, CONNECTION);
	pipeline_pop(&pipelines, CONNECTION);
	assert_int_equal(pipeline_room(&pipelines, CONNECTION), 2);
	assert_int_equal(pipeline_room(&pipelines, 0), DEPTH); /* other connections are independent */
	pipelines_deinit(&pipelines);
}

/* Many times around the ring: the head is always the oldest, with its own times. */
static void responses_come_in_the_order_of_the_sends(void **state)
{
	struct pipelines pipelines = pipelines_of(3, LENGTH);
	uint64_t sent = 0, answered = 0;

	(void)state;
	while (answered < 100) {
		unsigned room = pipeline_room(&pipelines, CONNECTION);

		for (unsigned i = 0; i < room; i++)
			pipeline_send(&pipelines, CONNECTION, ++sent);
		write_all(&pipelines, 1000 + sent);
		for (unsigned i = 0; i <= answered % 3; i++) {
			assert_int_equal(pipeline_at(&pipelines, CONNECTION, 0)->sent_ns, ++answered);
			assert_true(pipeline_at(&pipelines, CONNECTION, 0)->written_ns > 1000);
			pipeline_pop(&pipelines, CONNECTION);
			if (!line(&pipelines)->count)
				break;
		}
		assert_int_equal(line(&pipelines)->count, sent - answered);
		assert_int_equal(line(&pipelines)->sent, sent - answered);
	}
	pipelines_deinit(&pipelines);
}

static void the_rest_of_a_lost_line_is_sent_again_first(void **state)
{
	struct pipelines pipelines = fresh();

	(void)state;
	send_some(&pipelines, 3, 100);
	write_all(&pipelines, 200);
	pipeline_at(&pipelines, CONNECTION, 1)->ordinal = 7;
	pipeline_pop(&pipelines, CONNECTION);
	pipeline_lost(&pipelines, CONNECTION, 2, false);
	assert_int_equal(pipeline_at(&pipelines, CONNECTION, 0)->ordinal, 0);
	assert_int_equal(pipeline_taken(&pipelines, CONNECTION, 0), 0);
	assert_int_equal(pipeline_room(&pipelines, CONNECTION), DEPTH);
	send_some(&pipelines, 3, 300);
	assert_int_equal(line(&pipelines)->count, 3);
	for (unsigned i = 0; i < 3; i++) {
		struct pipelined *request = pipeline_at(&pipelines, CONNECTION, i);

		assert_int_equal(request->retried, i < 2);
		assert_int_equal(request->sent_ns, i < 2 ? 100 : 300);
		assert_int_equal(request->written_ns, 0);
	}
	pipelines_deinit(&pipelines);
}

static void the_first_of_a_broken_line_is_sent_alone(void **state)
{
	struct pipelines pipelines = fresh();

	(void)state;
	send_some(&pipelines, 3, 100);
	write_all(&pipelines, 200);
	pipeline_lost(&pipelines, CONNECTION, 3, true);
	assert_int_equal(pipeline_room(&pipelines, CONNECTION), 1);
	send_some(&pipelines, 1, 300);
	write_all(&pipelines, 400);
	assert_int_equal(pipeline_room(&pipelines, CONNECTION), 0);
	/* It is lost as well; the others have not been sent on this connection. */
	assert_int_equal(pipeline_taken(&pipelines, CONNECTION, 1), 0);
	pipeline_pop(&pipelines, CONNECTION);
	assert_int_equal(line(&pipelines)->count, 2);
	assert_int_equal(line(&pipelines)->sent, 0);
	pipeline_lost(&pipelines, CONNECTION, 0, true);
	assert_int_equal(pipeline_room(&pipelines, CONNECTION), DEPTH); /* none is left to be sent alone */
	pipelines_deinit(&pipelines);
}

/* A head that leaves before it is completely written takes its bytes along. */
static void an_unwritten_head_leaves_the_others_whole(void **state)
{
	struct pipelines pipelines = fresh();

	(void)state;
	send_some(&pipelines, 3, 100);
	pipeline_written(&pipelines, CONNECTION, 4, 200);
	pipeline_pop(&pipelines, CONNECTION);
	assert_int_equal(chunk(&pipelines), 2 * LENGTH);
	assert_int_equal(pipeline_taken(&pipelines, CONNECTION, 0), 0);
	pipelines_deinit(&pipelines);
}

static void a_connection_is_scheduled_once(void **state)
{
	struct pipelines pipelines = fresh();
	uint32_t index, seen = 0;

	(void)state;
	for (int i = 0; i < 5; i++) {
		pipeline_schedule(&pipelines, 2);
		pipeline_schedule(&pipelines, 0);
	}
	while (pipelines_next(&pipelines, &index))
		seen += 1u << 4 * index;
	assert_int_equal(seen, 0x101);
	pipeline_schedule(&pipelines, 2);
	assert_true(pipelines_next(&pipelines, &index));
	assert_int_equal(index, 2);
	pipelines_deinit(&pipelines);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_send_carries_the_requests_that_are_due),
	    cmocka_unit_test(short_writes_continue_where_they_ended),
	    cmocka_unit_test(long_requests_are_sent_one_by_one_and_not_copied),
	    cmocka_unit_test(a_batch_is_bounded),
	    cmocka_unit_test(there_is_no_room_during_a_send),
	    cmocka_unit_test(responses_come_in_the_order_of_the_sends),
	    cmocka_unit_test(the_rest_of_a_lost_line_is_sent_again_first),
	    cmocka_unit_test(the_first_of_a_broken_line_is_sent_alone),
	    cmocka_unit_test(an_unwritten_head_leaves_the_others_whole),
	    cmocka_unit_test(a_connection_is_scheduled_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
