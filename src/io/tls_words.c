/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "io/tls_words.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static void put_date(const ASN1_TIME *date, char *text, size_t size)
{
	struct tm tm;

	if (!date || !ASN1_TIME_to_tm(date, &tm) || !strftime(text, size, "%Y-%m-%d", &tm))
		snprintf(text, size, "no date");
}

/* The common name, else the organisation, else the whole name. */
static void put_name(const X509_NAME *name, char *text, size_t size)
{
	if (X509_NAME_get_text_by_NID((X509_NAME *)name, NID_commonName, text, (int)size) > 0 ||
	    X509_NAME_get_text_by_NID((X509_NAME *)name, NID_organizationName, text, (int)size) > 0)
		return;
	X509_NAME_oneline(name, text, (int)size);
}

/* The host names of a certificate, "a.test, b.test", as many as fit (RFC 9110 section 4.3.4). */
static void put_hosts(X509 *x509, char *text, size_t size)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(x509, NID_subject_alt_name, NULL, NULL);
	size_t used = 0;

	*text = '\0';
	for (int i = 0; names && i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
		char one[100] = "";

		if (name->type == GEN_DNS) {
			snprintf(one, sizeof(one), "%.*s", ASN1_STRING_length(name->d.dNSName),
				 (const char *)ASN1_STRING_get0_data(name->d.dNSName));
		} else if (name->type == GEN_IPADD) {
			const unsigned char *at = ASN1_STRING_get0_data(name->d.iPAddress);

			if (ASN1_STRING_length(name->d.iPAddress) == 4)
				snprintf(one, sizeof(one), "%u.%u.%u.%u", at[0], at[1], at[2], at[3]);
			else
				snprintf(one, sizeof(one), "an IPv6 address");
		}
		if (*one && used + strlen(one) + 3 < size)
			used += (size_t)snprintf(text + used, size - used, "%s%s", used ? ", " : "", one);
	}
	GENERAL_NAMES_free(names);
	if (!used)
		put_name(X509_get_subject_name(x509), text, size);
}

void tls_words_of_verify(X509_STORE_CTX *context, char *text, size_t size)
{
	X509 *x509 = X509_STORE_CTX_get_current_cert(context);
	int error = X509_STORE_CTX_get_error(context);
	char words[100] = "";

	switch (error) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
		put_date(X509_get0_notAfter(x509), words, sizeof(words));
		snprintf(text, size, "certificate has expired (%s)", words);
		return;
	case X509_V_ERR_CERT_NOT_YET_VALID:
		put_date(X509_get0_notBefore(x509), words, sizeof(words));
		snprintf(text, size, "certificate is not valid yet (from %s)", words);
		return;
	case X509_V_ERR_CERT_REVOKED:
		snprintf(text, size, "certificate has been revoked (--crlfile)");
		return;
	case X509_V_ERR_UNABLE_TO_GET_CRL:
		if (x509)
			put_name(X509_get_issuer_name(x509), words, sizeof(words));
		snprintf(text, size, "--crlfile has no list of what %s has revoked (add it)", words);
		return;
	case X509_V_ERR_CRL_HAS_EXPIRED:
		snprintf(text, size,
			 "the list of revoked certificates has expired (--crlfile: get a new one)");
		return;
	case X509_V_ERR_HOSTNAME_MISMATCH:
		put_hosts(x509, words, sizeof(words));
		snprintf(text, size, "host name mismatch: certificate is for %s", words);
		return;
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		put_hosts(x509, words, sizeof(words));
		snprintf(text, size, "IP address mismatch: certificate is for %s", words);
		return;
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
		snprintf(text, size, "self-signed certificate (use --cacert FILE, or -k)");
		return;
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
		if (x509)
			put_name(X509_get_issuer_name(x509), words, sizeof(words));
		snprintf(text, size, "certificate is from an unknown issuer, %s (use --cacert FILE, or -k)",
			 words);
		return;
	default:
		snprintf(text, size, "certificate is not valid: %s", X509_verify_cert_error_string(error));
	}
}

/* ---- handshakes and records ---- */

struct failure {
	int reason;
	const char *words;
};

static const char certificate_wanted[] =
    "the server requires a client certificate (use --cert FILE --key FILE)";

static const struct failure failures[] = {
    {SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED, certificate_wanted},
    {SSL_R_SSLV3_ALERT_BAD_CERTIFICATE,
     "the server refused the client certificate, or requires one (--cert FILE --key FILE)"},
    {SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN, "the server refused the client certificate"},
    {SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED, "the server refused the client certificate: it has expired"},
    {SSL_R_TLSV1_ALERT_UNKNOWN_CA, "the server refused the client certificate: it does not know its issuer"},
    {SSL_R_TLSV1_ALERT_PROTOCOL_VERSION,
     "the server does not speak these versions of TLS (see --tls-min, --tls-max)"},
    {SSL_R_UNSUPPORTED_PROTOCOL,
     "the server's version of TLS is too old or too new (see --tls-min, --tls-max)"},
    {SSL_R_WRONG_VERSION_NUMBER, "the response is not TLS"},
    {SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE,
     "the server refused the handshake: no cipher, curve or version in common"},
    {SSL_R_TLSV1_UNRECOGNIZED_NAME, "the server does not know this host name (see --servername)"},
    {SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL,
     "the server does not speak the HTTP version that was offered (ALPN); --http2 offers HTTP/2 alone"},
    {SSL_R_TLSV1_ALERT_INTERNAL_ERROR, "the server reports an internal error"},
    {SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC, "a record was damaged in transit"},
    {SSL_R_SSLV3_ALERT_BAD_RECORD_MAC, "the server reports a damaged record"},
    {SSL_R_NO_RENEGOTIATION, "the server requested a renegotiation, which vastar refuses"},
};

const char *tls_words_of_queue(char *text, size_t size)
{
	unsigned long error = ERR_get_error();
	const char *reason = ERR_reason_error_string(error);

	if (ERR_SYSTEM_ERROR(error))
		snprintf(text, size, "%s", strerror(ERR_GET_REASON(error)));
	else if (reason)
		snprintf(text, size, "%s", reason);
	else
		snprintf(text, size, "error %lx of OpenSSL", error);
	ERR_clear_error();
	return text;
}

/* NULL: we have no better words. */
static const char *words_of(unsigned long error, const struct tls_course *course)
{
	int reason = ERR_GET_REASON(error);

	if (course->first_length >= 5 && !memcmp(course->first, "HTTP/", 5))
		return "this port speaks plain HTTP (use http://)";
	if (ERR_GET_LIB(error) != ERR_LIB_SSL)
		return NULL;
	/* TLS before 1.3 has no separate alert for either. */
	if (reason == SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE && course->certificate_missed)
		return certificate_wanted;
	if (reason == SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE && course->shook_hands)
		return "the server gave up: it requested a renegotiation, which vastar refuses";
	for (size_t i = 0; i < sizeof(failures) / sizeof(*failures); i++)
		if (failures[i].reason == reason)
			return failures[i].words;
	return NULL;
}

void tls_words_of_failure(const struct tls_course *course, char *text, size_t size)
{
	const char *words = words_of(ERR_peek_error(), course);
	char other[100];

	if (!words) /* in TLS 1.2 the cipher's own error comes first */
		words = words_of(ERR_peek_last_error(), course);
	if (words)
		snprintf(text, size, "%s", words);
	else
		snprintf(text, size, "TLS failed: %s", tls_words_of_queue(other, sizeof(other)));
	ERR_clear_error();
}

/* ---- a certificate ---- */

void tls_words_of_certificate(X509 *x509, struct transport_certificate *certificate)
{
	struct tm tm;

	put_name(X509_get_subject_name(x509), certificate->subject, sizeof(certificate->subject));
	if (!*certificate->subject)
		put_hosts(x509, certificate->subject, sizeof(certificate->subject));
	put_name(X509_get_issuer_name(x509), certificate->issuer, sizeof(certificate->issuer));
	certificate->expires_s = ASN1_TIME_to_tm(X509_get0_notAfter(x509), &tm) ? (int64_t)timegm(&tm) : 0;
}
