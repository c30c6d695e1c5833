/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "serve/client.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "serve/worker.h"

enum {
	PAUSE_PLAIN = 4096, /* so many answers wait: the client does not read, so neither do we */
	PAUSE_QUEUED = 64,
	DROP_WORTH = 64 * 1024, /* bytes of a body to come that pay for changing over to dropping it */
	DROP_LEAST = 16 * 1024, /* ... and for going on with that */
	DROP_MOST = 1 << 30,	/* by one receive */
	HEADS_ALONE = 16,	/* receives armed after a long body was dropped */
	SHORT_SEND = 16 * 1024, /* bytes of a send that usually fits into the socket's buffer */
};

/* After a request that could not be read: how long the client may take to notice. */
#define LINGER_NS NS_PER_S

static void settle(struct client *c);

static bool is_open(const struct client *c)
{
	return c->flags & CONN_OPEN && !(c->flags & CONN_DOOMED);
}

static uint64_t tag(const struct serve_worker *w, const struct client *c, enum serve_op op)
{
	return ring_tag(op, c->generation, client_index(w, c));
}

static void set_file(struct io_uring_sqe *sqe, uint64_t user_data)
{
	sqe->flags |= IOSQE_FIXED_FILE;
	sqe->user_data = user_data;
}

/* ---- receiving ---- */

/* A multishot receive would take a long body in many small pieces before its head is even looked at. So
 * where long bodies come, one buffer is received for the head, and all of the rest is dropped. */
static void arm_receive(struct serve_worker *w, struct client *c)
{
	struct io_uring_sqe *sqe;
	uint64_t skippable = request_skippable(&c->reader), least = c->heads_alone ? 1 : DROP_LEAST;
	int fd = (int)client_index(w, c);

	if (c->flags & (CONN_RECEIVING | CONN_PAUSED | CONN_STARVED | CONN_EOF))
		return;
	c->flags |= CONN_RECEIVING;
	sqe = ring_sqe(&w->ring);
	if (skippable >= least && w->ring.features & RING_TRUNC_DROP && !(c->flags & CONN_LAST)) {
		/* With MSG_TRUNC, TCP throws the bytes away: the pointer is never written to. */
		if (skippable > DROP_MOST)
			skippable = DROP_MOST;
		c->flags |= CONN_DROPPING;
		if (skippable >= DROP_LEAST)
			c->heads_alone = HEADS_ALONE;
		io_uring_prep_recv(sqe, fd, w->buffers.memory, (size_t)skippable, MSG_TRUNC);
		set_file(sqe, tag(w, c, OP_DROP));
		return;
	}
	if (c->heads_alone && !(c->flags & CONN_LAST)) {
		c->heads_alone--;
		io_uring_prep_recv(sqe, fd, NULL, w->buffers.buffer_size, 0);
	} else {
		io_uring_prep_recv_multishot(sqe, fd, NULL, 0, 0);
	}
	set_file(sqe, tag(w, c, OP_RECV));
	sqe->flags |= IOSQE_BUFFER_SELECT;
	sqe->buf_group = w->buffers.group;
}

/* Asks for the end of the armed receive, whose completion decides how to go on. */
static void stop_receive(struct serve_worker *w, struct client *c)
{
	struct io_uring_sqe *sqe;

	if (!(c->flags & CONN_RECEIVING) || c->flags & CONN_CANCELLING)
		return;
	c->flags |= CONN_CANCELLING;
	sqe = ring_sqe(&w->ring);
	io_uring_prep_cancel64(sqe, tag(w, c, c->flags & CONN_DROPPING ? OP_DROP : OP_RECV), 0);
	sqe->user_data = tag(w, c, OP_IGNORED);
}

void serve_conn_rearm(struct serve_worker *w, struct client *c)
{
	if (!(c->flags & CONN_STARVED))
		return;
	c->flags &= ~(uint32_t)CONN_STARVED;
	if (is_open(c))
		arm_receive(w, c);
}

/* ---- closing ---- */

void serve_conn_deinit(struct client *c)
{
	request_release(&c->reader);
	reply_free(c->incoming);
	while (c->first) {
		struct reply *next = c->first->next;

		reply_free(c->first);
		c->first = next;
	}
	c->incoming = c->last = NULL;
}

/* A close does not end an armed receive, and until that ends the client sees no FIN: the cancellation goes
 * first, in the same submit. */
static void close_now(struct serve_worker *w, struct client *c, bool reset)
{
	static const struct sockaddr nobody = {.sa_family = AF_UNSPEC};
	struct io_uring_sqe *sqe;

	settle(c);
	if (c->flags & CONN_SENDING) {
		if (!(c->flags & CONN_DOOMED)) {
			/* The send reads memory of ours: it must end first. */
			sqe = ring_sqe(&w->ring);
			io_uring_prep_cancel64(sqe, tag(w, c, OP_SEND), 0);
			sqe->user_data = tag(w, c, OP_IGNORED);
		}
		c->flags |= CONN_DOOMED;
		return;
	}
	ring_room(&w->ring, 3);
	if (reset) {
		/* To connect a TCP socket to nobody is to abort it: the peer gets a RST. */
		sqe = ring_sqe(&w->ring);
		io_uring_prep_connect(sqe, (int)client_index(w, c), &nobody, sizeof(nobody));
		set_file(sqe, tag(w, c, OP_IGNORED));
		sqe->flags |= IOSQE_IO_HARDLINK | IOSQE_CQE_SKIP_SUCCESS;
	}
	if (c->flags & CONN_RECEIVING) {
		sqe = ring_sqe(&w->ring);
		io_uring_prep_cancel64(sqe, tag(w, c, c->flags & CONN_DROPPING ? OP_DROP : OP_RECV), 0);
		sqe->flags |= IOSQE_IO_HARDLINK | IOSQE_CQE_SKIP_SUCCESS;
		sqe->user_data = tag(w, c, OP_IGNORED);
	}
	sqe = ring_sqe(&w->ring);
	io_uring_prep_close_direct(sqe, client_index(w, c));
	sqe->user_data = tag(w, c, OP_CLOSE);
	if (c->flags & CONN_HELD)
		hold_cancel(&w->hold, client_index(w, c), clock_now_ns());
	serve_conn_deinit(c);
	c->generation++;
	c->flags &= CONN_LISTED;
}

/* Shuts our side and waits for the client's end, so that what it still sends does not turn into a RST that
 * overtakes the last answer. */
static void linger(struct serve_worker *w, struct client *c)
{
	struct io_uring_sqe *sqe = ring_sqe(&w->ring);

	io_uring_prep_shutdown(sqe, (int)client_index(w, c), SHUT_WR);
	set_file(sqe, tag(w, c, OP_IGNORED));
	c->flags |= CONN_LINGERING | CONN_HELD;
	c->flags &= ~(uint32_t)CONN_PAUSED;
	if (!hold_timer(&w->hold, client_index(w, c), clock_now_ns() + LINGER_NS)) {
		c->flags &= ~(uint32_t)CONN_HELD;
		close_now(w, c, false);
		return;
	}
	arm_receive(w, c);
}

/* Every answer is out. */
static void finish(struct serve_worker *w, struct client *c)
{
	if (c->flags & CONN_SURPLUS && !(c->flags & CONN_EOF))
		linger(w, c);
	else
		close_now(w, c, false);
}

/* ---- sending ---- */

static void queue_send(struct serve_worker *w, struct client *c, const struct iovec *iov,
		       struct msghdr *message, bool silent)
{
	struct io_uring_sqe *sqe = ring_sqe(&w->ring);
	int fd = (int)client_index(w, c), flags = MSG_WAITALL | MSG_NOSIGNAL | (silent ? MSG_DONTWAIT : 0);

	if (message)
		io_uring_prep_sendmsg(sqe, fd, message, (unsigned)flags);
	else
		io_uring_prep_send(sqe, fd, iov->iov_base, iov->iov_len, flags);
	set_file(sqe, tag(w, c, OP_SEND));
	c->flags |= CONN_SENDING;
	if (silent) {
		sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
		c->flags |= CONN_SILENT;
	}
}

static size_t plain_left(const struct serve_worker *w, const struct client *c)
{
	return (size_t)w->plain.variants[c->plain_variant].length * c->plain_under_way - c->plain_sent;
}

static void send_plain(struct serve_worker *w, struct client *c, bool silent)
{
	struct iovec iov = {.iov_base = w->plain.variants[c->plain_variant].bytes + c->plain_sent,
			    .iov_len = plain_left(w, c)};

	queue_send(w, c, &iov, NULL, silent);
	if (silent)
		count(&w->counts.bytes_sent, iov.iov_len);
}

/*
 * The usual send is silent: it does not wait, so that it ends within the submit, and it has a completion only
 * when not all of it was taken. No completion in the turn after the submit means that it is through. That
 * spares the completion and, above all, a wait that ends at once with nothing but completions of sends.
 * It must not be the one whose end lets something else begin, since nobody is told of it.
 */
static void start_plain(struct serve_worker *w, struct client *c)
{
	uint32_t copies = w->holds ? 1 : w->plain.variants[c->plain_variant].copies;
	bool all = c->plain_ready <= copies && !c->first;

	c->flags &= ~(uint32_t)CONN_RELEASED;
	c->plain_under_way = c->plain_ready < copies ? c->plain_ready : copies;
	c->plain_sent = 0;
	count(&w->counts.status[w->plain.status], c->plain_under_way);
	if (w->log)
		serve_log_answered(w->log, client_index(w, c), c->plain_under_way, clock_now_ns());
	send_plain(w, c,
		   all && !(c->flags & (CONN_LAST | CONN_EOF | CONN_PAUSED)) &&
		       plain_left(w, c) <= SHORT_SEND);
	if (w->log)
		ring_submit(&w->ring);
}

/* The plain answers under way have been taken. */
static void plain_done(struct client *c)
{
	c->plain_ready -= c->plain_under_way;
	c->plain_under_way = 0;
}

/* A silent send of an earlier turn of which nothing was heard. */
static void settle(struct client *c)
{
	if (c->flags & CONN_SILENT) {
		c->flags &= ~(uint32_t)(CONN_SENDING | CONN_SILENT);
		plain_done(c);
	}
}

static void send_iov(struct serve_worker *w, struct client *c, struct reply *reply)
{
	reply->message = (struct msghdr){.msg_iov = reply->iov, .msg_iovlen = reply->iov_count};
	queue_send(w, c, reply->iov, reply->iov_count == 1 ? NULL : &reply->message, false);
}

/* Takes the answer that is through off the list. */
static void drop_first(struct client *c)
{
	struct reply *reply = c->first;

	c->first = reply->next;
	if (!c->first)
		c->last = NULL;
	c->queued--;
	reply_free(reply);
}

static void hold_until(struct serve_worker *w, struct client *c, uint64_t due_ns)
{
	if (hold_timer(&w->hold, client_index(w, c), due_ns))
		c->flags |= CONN_HELD;
	else
		close_now(w, c, false);
}

/* Sends the next piece of the first answer in the list, or takes it off when it is through. */
static void send_piece(struct serve_worker *w, struct client *c)
{
	struct reply *reply = c->first;

	switch (reply_next(reply, reply->paced || reply->answer.split ? clock_now_ns() : 1)) {
	case REPLY_SEND:
		send_iov(w, c, reply);
		break;
	case REPLY_WAIT:
		hold_until(w, c, reply->due_ns);
		break;
	case REPLY_DONE:
		drop_first(c);
		break;
	}
}

static bool render(struct serve_worker *w, struct reply *reply)
{
	struct serve_counts sum;

	if (reply->answer.body == ANSWER_COUNTS)
		serve_counts_sum(w->server, &sum);
	if (!reply_render(reply, &sum))
		return false;
	if (reply->answer.body == ANSWER_BROKEN)
		count(&w->counts.faults, 1);
	else if (!reply->uncounted)
		count(&w->counts.status[reply->answer.status], 1);
	return true;
}

/* Begins the first answer in the list, or goes on with it. */
static void continue_reply(struct serve_worker *w, struct client *c)
{
	struct reply *reply = c->first;

	c->flags &= ~(uint32_t)CONN_RELEASED;
	if (reply->answer.body == ANSWER_RESET) {
		count(&w->counts.resets, 1);
		close_now(w, c, true);
	} else if (reply->rendered) {
		send_piece(w, c);
	} else if (render(w, reply)) {
		if (w->log && !reply->uncounted)
			serve_log_answered(w->log, client_index(w, c), 1, clock_now_ns());
		send_piece(w, c);
		if (w->log)
			ring_submit(&w->ring);
	} else {
		close_now(w, c, false);
	}
}

/* Begins the delay of the next answer, `reply` or a plain one; false when there is none to wait for. */
static bool hold_answer(struct serve_worker *w, struct client *c, const struct reply *reply)
{
	uint64_t delay_ns;

	if (c->flags & CONN_RELEASED)
		return false;
	if (reply ? reply->rendered || reply->answer.no_hold || !(w->holds || reply->answer.own_delay)
		  : !w->holds)
		return false;
	delay_ns = reply && reply->answer.own_delay ? reply->answer.delay_ns
						    : hold_draw(&w->settings->delay, &w->random);
	if (w->log)
		serve_log_drawn(w->log, client_index(w, c), delay_ns);
	if (hold_serve(&w->hold, client_index(w, c), clock_now_ns(), delay_ns))
		c->flags |= CONN_HELD;
	else
		close_now(w, c, false);
	return true;
}

/* Does what is to be done next, as long as nothing is under way. */
static void pump(struct serve_worker *w, struct client *c)
{
	settle(c);
	while (is_open(c) && !(c->flags & (CONN_SENDING | CONN_HELD | CONN_LINGERING))) {
		if (c->plain_ready) {
			if (!hold_answer(w, c, NULL))
				start_plain(w, c);
		} else if (c->first) {
			if (!hold_answer(w, c, c->first))
				continue_reply(w, c);
		} else if (c->flags & (CONN_LAST | CONN_EOF)) {
			finish(w, c);
		} else {
			break;
		}
	}
	if (c->flags & CONN_PAUSED && is_open(c) && c->plain_ready < PAUSE_PLAIN / 2 &&
	    c->queued < PAUSE_QUEUED / 2) {
		c->flags &= ~(uint32_t)CONN_PAUSED;
		if (!(c->flags & CONN_CANCELLING))
			arm_receive(w, c);
	}
}

/* Something has changed: pump() once, when all completions of this turn are known. */
static void wake(struct serve_worker *w, struct client *c)
{
	uint32_t number = client_index(w, c) + 1;

	if (c->flags & CONN_AWAKE)
		return;
	c->flags |= CONN_AWAKE;
	c->next_awake = 0;
	if (w->last_awake)
		w->conns[w->last_awake - 1].next_awake = number;
	else
		w->first_awake = number;
	w->last_awake = number;
}

void serve_conn_act(struct serve_worker *w, struct client *c)
{
	c->flags &= ~(uint32_t)CONN_AWAKE;
	if (c->flags & CONN_OPEN)
		pump(w, c);
}

static void on_plain_sent(struct serve_worker *w, struct client *c, uint32_t taken)
{
	count(&w->counts.bytes_sent, taken);
	c->plain_sent += taken;
	if (plain_left(w, c)) {
		send_plain(w, c, false);
		return;
	}
	plain_done(c);
	wake(w, c);
}

void serve_conn_on_sent(struct serve_worker *w, struct client *c, int res)
{
	uint32_t taken = res > 0 ? (uint32_t)res : 0;

	if (c->flags & CONN_SILENT) /* not all was taken after all */
		count(&w->counts.bytes_sent, -(uint64_t)plain_left(w, c));
	c->flags &= ~(uint32_t)(CONN_SENDING | CONN_SILENT);
	if (c->flags & CONN_DOOMED || (res <= 0 && res != -EINTR && res != -EAGAIN)) {
		c->flags &= ~(uint32_t)CONN_DOOMED;
		close_now(w, c, false);
	} else if (c->plain_under_way) {
		on_plain_sent(w, c, taken);
	} else {
		if (!c->first->uncounted)
			count(&w->counts.bytes_sent, taken);
		if (reply_sent(c->first, taken))
			wake(w, c);
		else
			send_iov(w, c, c->first);
	}
}

void serve_conn_on_due(struct serve_worker *w, struct client *c)
{
	c->flags &= ~(uint32_t)CONN_HELD;
	if (c->flags & CONN_LINGERING) {
		close_now(w, c, false);
		return;
	}
	c->flags |= CONN_RELEASED;
	wake(w, c);
}

/* ---- requests ---- */

static void enqueue(struct client *c, struct reply *reply)
{
	if (c->last)
		c->last->next = reply;
	else
		c->first = reply;
	c->last = reply;
	c->queued++;
}

/* The connection counts from its first request that is not for /counts. */
static void count_request(struct serve_worker *w, struct client *c, bool is_counts, uint32_t head_bytes)
{
	if (is_counts) {
		count(&w->counts.bytes_received, -(uint64_t)head_bytes);
		if (!c->served && c->flags & CONN_COUNTED) {
			count(&w->counts.connections, -(uint64_t)1);
			c->flags &= ~(uint32_t)CONN_COUNTED;
		}
	} else if (!(c->flags & CONN_COUNTED)) {
		count(&w->counts.connections, 1);
		c->flags |= CONN_COUNTED;
	}
	c->served++;
}

static void take_plain(struct serve_worker *w, struct client *c, unsigned variant)
{
	struct answer answer;
	struct reply *reply;

	if (w->log)
		serve_log_request(w->log, client_index(w, c), true, clock_now_ns());
	count(&w->counts.requests, 1);
	if (!c->first && (!c->plain_ready || c->plain_variant == variant)) {
		c->plain_variant = (uint8_t)variant;
		c->plain_ready++;
		return;
	}
	answer_default(w->settings, &answer);
	answer.is_head = variant >= 3;
	answer.close = variant % 3 == 1;
	answer.keep_alive = variant % 3 == 2;
	reply = reply_new(&answer);
	if (reply)
		enqueue(c, reply);
	else
		close_now(w, c, false);
}

static void take_reply(struct serve_worker *w, struct client *c, struct reply *reply)
{
	reply->answer.length = reply->answer.body == ANSWER_ECHO ? c->reader.body : reply->answer.length;
	if (w->log)
		serve_log_request(w->log, client_index(w, c), !reply->uncounted, clock_now_ns());
	if (!reply->uncounted)
		count(&w->counts.requests, 1);
	if (reply->answer.malformed)
		count(&w->counts.malformed, 1);
	enqueue(c, reply);
}

/* A head has come: chooses the answer, which is due when the body, if any, has come too. */
static void on_head(struct serve_worker *w, struct client *c, const struct request *request, bool recalled,
		    bool body_here)
{
	bool last = w->settings->close_after && c->served + 1 >= w->settings->close_after;
	bool faulty = w->settings->fault_share > 0 && hold_chance(&w->random, w->settings->fault_share);
	bool is_plain = recalled && w->memo_plain && !last && !faulty;
	unsigned variant = w->memo_variant;
	struct reply *reply = NULL;
	struct answer answer;

	if (!is_plain) {
		answer_for(w->settings, request, &answer);
		is_plain = w->plain.usable && answer.body == ANSWER_PLAIN && !answer.own_delay;
		variant = plain_variant(answer.is_head, answer.close, answer.keep_alive);
		if (request->head_bytes <= REQUEST_MEMO_MAX) {
			w->memo_plain = is_plain;
			w->memo_variant = (uint8_t)variant;
		}
		if (faulty && answer.body != ANSWER_COUNTS) {
			answer_fault(&answer, (unsigned)hold_number(&w->random));
			is_plain = false;
		} else if (last) {
			answer.close = true;
			answer.keep_alive = false;
			variant = plain_variant(answer.is_head, true, false);
		}
		if (!is_plain && !(reply = reply_new(&answer))) {
			close_now(w, c, false);
			return;
		}
	}
	count_request(w, c, reply && reply->answer.body == ANSWER_COUNTS, request->head_bytes);
	if (is_plain ? variant % 3 == 1 : answer.close)
		c->flags |= CONN_LAST;
	if (!request->has_body) {
		if (is_plain)
			take_plain(w, c, variant);
		else
			take_reply(w, c, reply);
		return;
	}
	c->incoming = reply;
	c->incoming_variant = (uint8_t)variant;
	if (is_plain)
		c->flags |= CONN_INCOMING_PLAIN;
	if (request->expect && !body_here && (reply = reply_new_continue()))
		enqueue(c, reply);
}

static void on_body_end(struct serve_worker *w, struct client *c)
{
	struct reply *reply = c->incoming;

	c->incoming = NULL;
	count(&w->counts.body_bytes, c->reader.body);
	if (c->flags & CONN_INCOMING_PLAIN) {
		c->flags &= ~(uint32_t)CONN_INCOMING_PLAIN;
		take_plain(w, c, c->incoming_variant);
	} else {
		take_reply(w, c, reply);
	}
}

static void on_bad(struct serve_worker *w, struct client *c)
{
	struct answer answer;
	struct reply *reply;

	answer_error(c->reader.error, &answer);
	reply_free(c->incoming);
	c->incoming = NULL;
	c->flags |= CONN_LAST | CONN_SURPLUS;
	count_request(w, c, false, 0);
	reply = reply_new(&answer);
	if (reply)
		take_reply(w, c, reply);
	else
		close_now(w, c, false);
}

/* Between the head of the last request and the end of its body, CONN_LAST is set and bytes are still wanted.
 */
static bool wants_bytes(const struct client *c)
{
	return !(c->flags & CONN_LAST) || c->incoming || c->flags & CONN_INCOMING_PLAIN;
}

/* Takes the requests out of the bytes; with none, the end of a body that was dropped. */
static void take_bytes(struct serve_worker *w, struct client *c, const char *bytes, size_t length)
{
	struct request request;
	uint32_t generation = c->generation;
	size_t used;
	bool recalled;

	do {
		if (!wants_bytes(c)) {
			if (length)
				c->flags |= CONN_SURPLUS;
			return;
		}
		switch (request_feed(&c->reader, &w->memo, bytes, length, &used, &request, &recalled)) {
		case REQUEST_MORE:
			return;
		case REQUEST_HEAD:
			on_head(w, c, &request, recalled, used < length);
			request_release(&c->reader);
			break;
		case REQUEST_END:
			on_body_end(w, c);
			break;
		case REQUEST_BAD:
			on_bad(w, c);
			return;
		}
		bytes += used;
		length -= used;
	} while (length && is_open(c) && c->generation == generation);
}

/* ---- what the kernel says ---- */

void serve_conn_accepted(struct serve_worker *w, uint32_t index)
{
	struct client *c = &w->conns[index];
	struct client before = *c;

	*c = (struct client){.generation = before.generation,
			     .next_starved = before.next_starved,
			     .next_awake = before.next_awake};
	c->flags = CONN_OPEN | CONN_COUNTED;
	request_reader_init(&c->reader);
	count(&w->counts.connections, 1);
	w->open++;
	arm_receive(w, c);
	/* Its predecessor in this slot may still be in the lists, where this one then is, and does no harm.
	 */
	c->flags |= before.flags & CONN_LISTED;
}

static void on_eof(struct serve_worker *w, struct client *c)
{
	c->flags |= CONN_EOF;
	if (c->flags & CONN_LINGERING) {
		close_now(w, c, false);
		return;
	}
	/* What had come whole is answered all the same: a client may shut its side and wait. */
	reply_free(c->incoming);
	c->incoming = NULL;
	c->flags &= ~(uint32_t)CONN_INCOMING_PLAIN;
	wake(w, c);
}

static void starve(struct serve_worker *w, struct client *c)
{
	if (c->flags & CONN_STARVED)
		return;
	c->flags |= CONN_STARVED;
	c->next_starved = w->starved;
	w->starved = client_index(w, c) + 1;
}

/* What every receive comes to in the end: arm the next one, if there is to be one. */
static void after_receive(struct serve_worker *w, struct client *c)
{
	if (!is_open(c))
		return;
	if (c->plain_ready > PAUSE_PLAIN || c->queued > PAUSE_QUEUED) {
		c->flags |= CONN_PAUSED;
		stop_receive(w, c);
	} else if (c->flags & CONN_RECEIVING && !(c->flags & (CONN_DROPPING | CONN_LAST)) &&
		   w->ring.features & RING_TRUNC_DROP && request_skippable(&c->reader) >= DROP_WORTH) {
		stop_receive(w, c);
	}
	arm_receive(w, c);
}

static bool is_fatal(int res)
{
	return res < 0 && res != -ENOBUFS && res != -ECANCELED && res != -EINTR && res != -EAGAIN;
}

void serve_conn_on_received(struct serve_worker *w, struct client *c, int res, const char *bytes, bool more)
{
	uint32_t generation = c->generation;

	if (!more)
		c->flags &= ~(uint32_t)(CONN_RECEIVING | CONN_CANCELLING);
	if (!is_open(c))
		return;
	if (res > 0) {
		count(&w->counts.bytes_received, (uint64_t)res);
		if (c->flags & CONN_LINGERING) {
			arm_receive(w, c);
			return;
		}
		take_bytes(w, c, bytes, (size_t)res);
		if (c->generation != generation)
			return;
		wake(w, c);
	} else if (is_fatal(res)) {
		close_now(w, c, false);
	} else if (!res) {
		on_eof(w, c);
	} else if (res == -ENOBUFS) {
		starve(w, c);
	}
	if (c->generation == generation)
		after_receive(w, c);
}

void serve_conn_on_dropped(struct serve_worker *w, struct client *c, int res)
{
	uint32_t generation = c->generation;

	c->flags &= ~(uint32_t)(CONN_RECEIVING | CONN_CANCELLING | CONN_DROPPING);
	if (!is_open(c))
		return;
	if (res > 0) {
		count(&w->counts.bytes_received, (uint64_t)res);
		request_skipped(&c->reader, (uint64_t)res);
		if (!request_skippable(&c->reader)) {
			take_bytes(w, c, NULL, 0);
			if (c->generation == generation)
				wake(w, c);
		}
	} else if (is_fatal(res)) {
		close_now(w, c, false);
	} else if (!res) {
		on_eof(w, c);
	}
	if (c->generation == generation)
		after_receive(w, c);
}
