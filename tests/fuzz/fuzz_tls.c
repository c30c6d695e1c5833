/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * TLS as a transport, against OpenSSL's server in the same process. Input: a byte of flags, two bytes for
 * the lengths of the pieces in which bytes arrive, two for the position of a damaged byte, then the
 * response of the server. However it is cut, the client receives all of it, and the end if the server
 * announces it. If a byte is damaged, the client receives only a prefix. With RAW the client reads the
 * response itself as TLS.
 */
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "fuzz.h"
#include "io/tls.h"

enum { PREFIX = 5, INTO_SIZE = 16384, ROUNDS = 10 };

enum flag {
	OLD = 1, /* TLS 1.2 */
	DAMAGED = 2,
	CUT = 4,	/* the server sends no close_notify */
	KEY_UPDATE = 8, /* before the response; also requested from the client */
	RAW = 16,
	RESUMED = 32, /* a second connection follows */
	IN_TWO = 64,  /* the response comes in two writes */
};

struct input {
	unsigned flags;
	size_t pieces[2];
	size_t damaged; /* its position in the server's bytes */
	const char *response;
	size_t length;
};

/* Both sides of a connection. */
struct pair {
	const struct input *input;
	void *channel;
	SSL *server;
	BIO *to_server, *from_server;
	size_t carried; /* bytes of the server */
	unsigned turn;	/* index of the next piece */
	char *got;	/* plaintext, with room for the whole response */
	size_t got_length;
	bool broken;
};

static const char request[] = "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n";
static SSL_CTX *server_contexts[2]; /* of TLS 1.3 and 1.2 */
static void *workers[2];	    /* [1]: sessions are kept */

/* ---- once ---- */

static X509 *make_certificate(EVP_PKEY *key)
{
	X509 *x509 = X509_new();
	X509_NAME *name = X509_get_subject_name(x509);

	MUST(
	    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"a.test", -1, -1, 0));
	MUST(X509_set_issuer_name(x509, name));
	MUST(X509_gmtime_adj(X509_getm_notBefore(x509), 0) &&
	     X509_gmtime_adj(X509_getm_notAfter(x509), 86400));
	MUST(X509_set_pubkey(x509, key) && X509_sign(x509, key, EVP_sha256()));
	return x509;
}

static SSL_CTX *make_server(int version, EVP_PKEY *key, X509 *x509)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());

	MUST(context && SSL_CTX_use_certificate(context, x509) && SSL_CTX_use_PrivateKey(context, key));
	MUST(SSL_CTX_set_min_proto_version(context, version) &&
	     SSL_CTX_set_max_proto_version(context, version));
	return context;
}

static void set_up(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x509 = make_certificate(key);

	server_contexts[0] = make_server(TLS1_3_VERSION, key, x509);
	server_contexts[1] = make_server(TLS1_2_VERSION, key, x509);
	X509_free(x509);
	EVP_PKEY_free(key);
	for (unsigned i = 0; i < 2; i++) {
		struct tls_settings settings = {.insecure = true, .no_session_reuse = !i};
		struct vastar_error err;
		void *run = transport_tls.prepare(&settings, &err);

		workers[i] = run ? transport_tls.open(run, &err) : NULL;
		MUST(workers[i]);
	}
}

/* ---- bytes in both directions ---- */

/* Reads the plaintext of the bytes that the client was fed. */
static void take(struct pair *p)
{
	static char into[INTO_SIZE];
	long count;

	while ((count = transport_tls.read(p->channel, into, sizeof(into))) > 0) {
		MUST(p->got_length + (size_t)count <= p->input->length);
		memcpy(p->got + p->got_length, into, (size_t)count);
		p->got_length += (size_t)count;
	}
	if (count >= 0)
		return;
	p->broken = true;
	MUST(*transport_tls.broken(p->channel));
	MUST(transport_tls.read(p->channel, into, sizeof(into)) == -1);
}

/* Feeds the client in pieces, each a separate allocation: a read one byte too far is detected. */
static void feed(struct pair *p, const char *bytes, size_t length)
{
	while (length && !p->broken) {
		size_t piece = p->input->pieces[p->turn++ % 2];
		char *copy;

		if (piece > length)
			piece = length;
		copy = fuzz_string((const uint8_t *)bytes, piece);
		transport_tls.feed(p->channel, copy, piece);
		take(p);
		free(copy);
		bytes += piece;
		length -= piece;
	}
}

static void carry_to_client(struct pair *p)
{
	char *bytes;
	long length = BIO_get_mem_data(p->from_server, &bytes);
	char *copy = fuzz_string((const uint8_t *)bytes, (size_t)length);

	if (p->input->flags & DAMAGED && p->input->damaged - p->carried < (size_t)length)
		copy[p->input->damaged - p->carried] ^= 0x40;
	p->carried += (size_t)length;
	(void)BIO_reset(p->from_server);
	feed(p, copy, (size_t)length);
	free(copy);
}

/* The kernel takes any number of bytes at once. */
static void carry_to_server(struct pair *p)
{
	const char *bytes;
	size_t length;

	while (bytes = transport_tls.output(p->channel, &length), length) {
		size_t piece = p->input->pieces[p->turn++ % 2];

		if (piece > length)
			piece = length;
		MUST(BIO_write(p->to_server, bytes, (int)piece) == (int)piece);
		transport_tls.sent(p->channel, piece);
	}
}

/* The result of SSL_read() is ignored: a damaged connection may not deliver the client's bytes. */
static void carry(struct pair *p)
{
	char word[sizeof(request)];

	carry_to_server(p);
	SSL_read(p->server, word, sizeof(word));
	carry_to_client(p);
}

/* ---- a connection ---- */

static void begin(struct pair *p, const struct input *input)
{
	static const struct transport_peer peer = {"a.test", 443};

	*p = (struct pair){
	    .input = input, .to_server = BIO_new(BIO_s_mem()), .from_server = BIO_new(BIO_s_mem())};
	BIO_set_mem_eof_return(p->to_server, -1);
	p->got = malloc(input->length + 1);
	p->channel = transport_tls.begin(workers[!!(input->flags & RESUMED)], &peer);
	p->server = SSL_new(server_contexts[!!(input->flags & OLD)]);
	MUST(p->got && p->channel && p->server);
	SSL_set_bio(p->server, p->to_server, p->from_server);
	SSL_set_accept_state(p->server);
	take(p);
}

/* Unless a byte was damaged, the server receives the client's close_notify. */
static void say_goodbye(struct pair *p)
{
	char word[sizeof(request)];

	transport_tls.finish(p->channel);
	carry_to_server(p);
	while (SSL_read(p->server, word, sizeof(word)) > 0)
		continue;
	MUST(p->input->flags & DAMAGED || SSL_get_shutdown(p->server) & SSL_RECEIVED_SHUTDOWN);
}

static void end(struct pair *p)
{
	transport_tls.end(p->channel);
	SSL_free(p->server);
	free(p->got);
}

static void shake_hands(struct pair *p)
{
	for (unsigned i = 0; i < ROUNDS && !p->broken; i++)
		carry(p);
	MUST(p->input->flags & DAMAGED || transport_tls.ready(p->channel));
}

static void ask(struct pair *p)
{
	char word[sizeof(request)] = "";
	size_t length = sizeof(request) - 1;

	MUST(transport_tls.write(p->channel, request, length));
	carry_to_server(p);
	MUST(SSL_read(p->server, word, sizeof(word)) == (int)length && !memcmp(word, request, length));
}

static void respond_part(struct pair *p, const char *bytes, size_t length)
{
	if (length)
		MUST(SSL_write(p->server, bytes, (int)length) == (int)length);
}

static void respond(struct pair *p)
{
	const struct input *input = p->input;
	size_t first = input->flags & IN_TWO ? input->length / 2 : input->length;

	if (input->flags & KEY_UPDATE && !(input->flags & OLD))
		MUST(SSL_key_update(p->server, SSL_KEY_UPDATE_REQUESTED) && SSL_do_handshake(p->server) == 1);
	respond_part(p, input->response, first);
	respond_part(p, input->response + first, input->length - first);
	if (!(input->flags & CUT))
		SSL_shutdown(p->server);
	carry_to_client(p);
}

static void must_be_right(const struct pair *p)
{
	const struct input *input = p->input;

	MUST(!memcmp(p->got, input->response, p->got_length));
	if (transport_tls.ended(p->channel))
		MUST(p->got_length == input->length && !(input->flags & CUT));
	if (input->flags & DAMAGED)
		return;
	MUST(!p->broken && p->got_length == input->length);
	MUST(transport_tls.ended(p->channel) == !(input->flags & CUT));
}

static void talk(const struct input *input, bool second)
{
	struct transport_certificate certificate;
	struct transport_facts facts;
	struct pair p;

	begin(&p, input);
	shake_hands(&p);
	if (!p.broken && transport_tls.ready(p.channel)) {
		transport_tls.describe(p.channel, &facts);
		MUST(!strcmp(facts.version, input->flags & OLD ? "TLSv1.2" : "TLSv1.3") && facts.cipher);
		MUST(transport_tls.certificate(p.channel, &certificate) && !certificate.verified);
		MUST(!second || input->flags & DAMAGED || facts.resumed);
		MUST(facts.resumed <= !!(input->flags & RESUMED));
	}
	if (!p.broken && SSL_is_init_finished(p.server) && transport_tls.ready(p.channel)) {
		ask(&p);
		respond(&p);
		must_be_right(&p);
		say_goodbye(&p);
	}
	end(&p);
}

/* Arbitrary bytes never complete a handshake. */
static void take_raw(const struct input *input)
{
	struct pair p;

	begin(&p, input);
	feed(&p, input->response, input->length);
	MUST(!p.got_length && !transport_tls.ready(p.channel));
	end(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input;

	if (size < PREFIX)
		return 0;
	if (!workers[0])
		set_up();
	input = (struct input){
	    .flags = data[0],
	    .pieces = {data[1] ? data[1] : 1u << 20, data[2] ? data[2] : 1u << 20},
	    .damaged = data[3] | (size_t)data[4] << 8,
	    .response = (const char *)data + PREFIX,
	    .length = size - PREFIX,
	};
	if (input.flags & RAW) {
		take_raw(&input);
		return 0;
	}
	talk(&input, false);
	if (input.flags & RESUMED)
		talk(&input, true);
	return 0;
}
