/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "io/tls_files.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include "io/tls_words.h"

int tls_bad_file(const char *option, const char *path, struct vastar_error *err)
{
	char words[120];

	return err_set(err, VASTAR_E_USAGE, "--%s %.200s: %s (give a file in PEM format)", option, path,
		       tls_words_of_queue(words, sizeof(words)));
}

STACK_OF(X509) * tls_read_certificates(const char *option, const char *path, struct vastar_error *err)
{
	BIO *file = BIO_new_file(path, "r");
	STACK_OF(X509) *all = file ? sk_X509_new_null() : NULL;
	X509 *x509;

	while (all && (x509 = PEM_read_bio_X509_AUX(file, NULL, NULL, NULL)))
		if (!sk_X509_push(all, x509))
			X509_free(x509);
	BIO_free(file);
	if (file && !all) {
		err_nomem(err, "certificates");
	} else if (!all || !sk_X509_num(all)) {
		tls_bad_file(option, path, err);
		sk_X509_free(all);
		all = NULL;
	}
	ERR_clear_error();
	return all;
}

STACK_OF(X509_CRL) * tls_read_revoked(const char *option, const char *path, struct vastar_error *err)
{
	BIO *file = BIO_new_file(path, "r");
	STACK_OF(X509_CRL) *all = file ? sk_X509_CRL_new_null() : NULL;
	X509_CRL *list;

	while (all && (list = PEM_read_bio_X509_CRL(file, NULL, NULL, NULL)))
		if (!sk_X509_CRL_push(all, list))
			X509_CRL_free(list);
	BIO_free(file);
	if (file && !all) {
		err_nomem(err, "lists of revoked certificates");
	} else if (!all || !sk_X509_CRL_num(all)) {
		tls_bad_file(option, path, err);
		sk_X509_CRL_free(all);
		all = NULL;
	}
	ERR_clear_error();
	return all;
}

int tls_bad_pair(const char *key_file, const char *cert_file, struct vastar_error *err)
{
	ERR_clear_error();
	return err_set(err, VASTAR_E_USAGE,
		       "--key %.200s: it is not the key of the certificate in %.200s (give its own)",
		       key_file, cert_file);
}
