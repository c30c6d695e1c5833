/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "io/tls_made.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "io/tls_words.h"

enum { DAYS = 90, RSA_BITS = 2048, HOUR_S = 3600, DAY_S = 24 * HOUR_S };

struct extension {
	int nid;
	const char *value;
};

struct pair {
	X509 *x509;
	EVP_PKEY *key;
};

static bool add_extensions(X509 *x509, X509 *issuer, const struct extension *extensions, size_t count)
{
	X509V3_CTX context;

	X509V3_set_ctx(&context, issuer, x509, NULL, NULL, 0);
	for (size_t i = 0; i < count; i++) {
		X509_EXTENSION *one =
		    X509V3_EXT_conf_nid(NULL, &context, extensions[i].nid, extensions[i].value);
		bool added = one && X509_add_ext(x509, one, -1);

		X509_EXTENSION_free(one);
		if (!added)
			return false;
	}
	return true;
}

/* A random serial number, so that no client confuses it with one of an earlier run. */
static bool set_serial(X509 *x509)
{
	uint64_t number;

	return RAND_bytes((unsigned char *)&number, sizeof(number)) == 1 &&
	       ASN1_INTEGER_set_uint64(X509_get_serialNumber(x509), number >> 1 | 1);
}

/* Without extensions and a signature. Clocks may differ by an hour. */
static bool make(struct pair *pair, const char *name, const X509_NAME *issuer, bool rsa)
{
	X509_NAME *subject;

	pair->key = rsa ? EVP_RSA_gen(RSA_BITS) : EVP_EC_gen("P-256");
	pair->x509 = pair->key ? X509_new() : NULL;
	if (!pair->x509)
		return false;
	subject = X509_get_subject_name(pair->x509);
	return X509_set_version(pair->x509, X509_VERSION_3) && set_serial(pair->x509) &&
	       X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1,
					  0) &&
	       X509_set_issuer_name(pair->x509, issuer ? issuer : subject) &&
	       X509_gmtime_adj(X509_getm_notBefore(pair->x509), -HOUR_S) &&
	       X509_gmtime_adj(X509_getm_notAfter(pair->x509), (long)DAYS * DAY_S) &&
	       X509_set_pubkey(pair->x509, pair->key);
}

static bool make_authority(struct pair *authority, bool rsa)
{
	static const struct extension extensions[] = {
	    {NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
	    {NID_key_usage, "critical,keyCertSign,cRLSign"},
	    {NID_subject_key_identifier, "hash"},
	};

	return make(authority, "vastar serve", NULL, rsa) &&
	       add_extensions(authority->x509, authority->x509, extensions,
			      sizeof(extensions) / sizeof(*extensions)) &&
	       X509_sign(authority->x509, authority->key, EVP_sha256());
}

static bool make_server(struct pair *server, const struct pair *authority, const char *address, bool rsa)
{
	char names[160];
	const struct extension extensions[] = {
	    {NID_basic_constraints, "critical,CA:FALSE"},
	    {NID_key_usage, "critical,digitalSignature"},
	    {NID_ext_key_usage, "serverAuth"},
	    {NID_subject_key_identifier, "hash"},
	    {NID_authority_key_identifier, "keyid:always"},
	    {NID_subject_alt_name, names},
	};

	snprintf(names, sizeof(names), "DNS:localhost,IP:127.0.0.1,IP:::1%s%.60s", address ? ",IP:" : "",
		 address ? address : "");
	return make(server, "localhost", X509_get_subject_name(authority->x509), rsa) &&
	       add_extensions(server->x509, authority->x509, extensions,
			      sizeof(extensions) / sizeof(*extensions)) &&
	       X509_sign(server->x509, authority->key, EVP_sha256());
}

static void drop(struct pair *pair)
{
	X509_free(pair->x509);
	EVP_PKEY_free(pair->key);
}

int tls_made(const char *address, bool rsa, BIO *certificate, BIO *key, BIO *authority,
	     struct vastar_error *err)
{
	struct pair issuer = {0}, server = {0};
	char words[120];
	int rc = 0;

	if (!make_authority(&issuer, rsa) || !make_server(&server, &issuer, address, rsa) ||
	    !PEM_write_bio_X509(authority, issuer.x509) || !PEM_write_bio_X509(certificate, server.x509) ||
	    !PEM_write_bio_PrivateKey(key, server.key, NULL, NULL, 0, NULL, NULL))
		rc = err_set(err, VASTAR_E_SYSTEM, "a certificate: cannot be made: %s (use --cert and --key)",
			     tls_words_of_queue(words, sizeof(words)));
	drop(&server);
	drop(&issuer);
	return rc;
}
