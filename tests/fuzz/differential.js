// SPDX-License-Identifier: MIT OR Apache-2.0
// The response parser compared with llhttp, the parser of Node.js, over the corpus:
//
//   node differential.js VERDICT FOLDER     VERDICT: the program built from verdict_h1.c
//   node differential.js VERDICT FOLDER -l  only lists disagreements: for the findings of a fuzzer
//
// Both must give the same verdict on every file: the same end, and unless that is an error, the same status, number of
// body bytes, number of bytes used and reuse of the connection. Where they differ, DISAGREEMENTS cites the section that
// supports us; a row that no longer disagrees is an error too. llhttp changes between major versions, so the table is
// for one of them. Exit status 77: another version, or a Node.js that does not expose its parser.
'use strict';
const { execFileSync } = require('child_process');
const fs = require('fs');
const path = require('path');

process.noDeprecation = true;
let HTTPParser;
try {
	({ HTTPParser } = process.binding('http_parser'));
} catch (error) {
	console.log(`this node (${process.version}) does not expose its parser: ${error.message}`);
	process.exit(77);
}

const MAJOR_VERSION = '9';

// File name: what llhttp does, and the section that contradicts it.
const FOLD = 'refuses folded lines: RFC 9112 section 5.2, a user agent MUST take them as white space',
	LF = 'refuses LF as the end of a line: RFC 9112 section 2.2, MAY',
	BOTH = 'refuses Content-Length beside Transfer-Encoding: RFC 9112 section 6.3 rule 3, overrides',
	PARAMETER = 'does not see chunked: RFC 9112 section 7.1, parameters of it SHOULD be an error',
	TWICE = 'accepts chunked twice: RFC 9112 section 6.1, MUST NOT',
	CODING = 'ignores an invalid list of codings: RFC 9112 section 7, transfer-coding',
	EQUAL = 'refuses equal lengths: RFC 9110 section 8.6, a recipient may take the one value',
	CODE = 'accepts it: RFC 9110 section 15, invalid; to count it as 5xx (SHOULD) would hide what was sent';
const DISAGREEMENTS = {
	chunk_extensions: "refuses white space before ';': RFC 9112 section 7.1.1, BWS",
	connection_close_in_list: 'misses close after an empty item: RFC 9110 section 5.6.1.2',
	fold: FOLD,
	fold_before_length: FOLD,
	fold_behind_length: FOLD,
	fold_in_codings: FOLD,
	fold_in_connection: FOLD,
	fold_in_length_list: FOLD,
	fold_in_quoted_string_of_coding: FOLD,
	fold_is_no_new_field: FOLD,
	fold_within_connection_token: FOLD,
	http_1_0_keep_alive_and_close: 'keeps it: RFC 9112 section 9.3, close comes first',
	http_1_0_with_coding_is_not_kept: 'keeps it: RFC 9112 section 6.1, MUST close',
	interim_responses_of_several_kinds: LF,
	interim_fields_frame_nothing: "lets the fields of an interim response frame: RFC 9112 section 6.3 rule 1",
	interim_of_http_1_0_does_not_stick: 'closes after the interim response: RFC 9110 section 15.2, a final one follows',
	line_ends_mixed: LF,
	line_ends_of_lf_alone: LF,
	location_folded: FOLD,
	location_much_too_long: FOLD,
	proxy_connection_is_ignored: 'treats it as Connection: RFC 9112 appendix C.2.2, no such field',
	rule_1_head_without_length: 'closes it: RFC 9112 section 6.3 rule 1, no body that could last until the close',
	rule_3_coding_beats_length: BOTH,
	rule_3_coding_beats_length_behind_it: BOTH,
	rule_4_chunked_then_blank_then_parameters: PARAMETER,
	rule_4_chunked_twice: TWICE,
	rule_4_chunked_twice_over_two_lines: TWICE,
	rule_4_chunked_with_parameters: PARAMETER,
	rule_4_coding_in_capitals_and_empty_items: 'misses chunked before an empty item: RFC 9110 section 5.6.1.2',
	rule_4_coding_no_token: CODING,
	rule_4_coding_with_bytes_behind_token: CODING,
	rule_4_empty_list_to_close: 'treats an empty Transfer-Encoding as none: RFC 9112 section 6.3 rules 3 and 4, it is present',
	rule_4_identity_to_close: BOTH,
	rule_4_quoted_string_without_end: CODING,
	rule_4_two_words: CODING,
	rule_6_equal_lengths_in_list: EQUAL,
	rule_6_equal_lengths_in_two_lines: EQUAL,
	rule_6_length_between_white_space: 'refuses a tab after the value: RFC 9112 section 5.1, OWS',
	status_code_of_099: CODE,
	status_code_of_600: CODE,
	status_line_after_empty_line: 'skips it: RFC 9112 section 2.2 says so of servers, about requests',
	status_line_with_nul_in_reason: 'accepts a NUL: RFC 9112 section 4, reason-phrase',
	trailers: LF,
	trailers_folded: FOLD,
	trailers_frame_nothing: 'reads lengths in trailers: RFC 9110 section 6.5.1, MUST NOT',
	upgrade_unrequested: 'accepts it: RFC 9110 section 7.8, MUST NOT switch without a request',
	version_0_9: 'accepts it: RFC 9112 section 2.3, not a version of this message format',
};

const PREFIX = 4;

// Byte by byte, to find the last byte of the response. For llhttp interim responses are separate messages.
function llhttp(bytes, headRequest) {
	const parser = new HTTPParser();
	const seen = { end: 'cut', status: 0, body: 0, used: 0, keepalive: true, text: '' };
	let status = 0, done = false;

	parser.initialize(HTTPParser.RESPONSE, {});
	parser[HTTPParser.kOnHeaders] = () => {};
	parser[HTTPParser.kOnHeadersComplete] = (major, minor, headers, method, url, code, phrase, upgrade, keepalive) => {
		status = code;
		if (code >= 200) {
			seen.status = code;
			seen.keepalive = keepalive;
		}
		return headRequest && code >= 200 ? 1 : 0;
	};
	parser[HTTPParser.kOnBody] = (buffer, offset, length) => {
		seen.body += length === undefined ? buffer.length : length;
	};
	parser[HTTPParser.kOnMessageComplete] = () => {
		done = status >= 200;
	};
	const fail = (error) => {
		seen.end = 'broken';
		seen.text = `${error.code}: ${error.reason || error.message}`;
		return seen;
	};
	while (seen.used < bytes.length && !done) {
		const result = parser.execute(bytes.subarray(seen.used, seen.used + 1));

		if (result instanceof Error)
			return fail(result);
		seen.used++;
	}
	if (done) {
		seen.end = 'complete';
		return seen;
	}
	const result = parser.finish();
	if (done)
		seen.end = 'closes';
	else if (result instanceof Error && result.code !== 'HPE_INVALID_EOF_STATE')
		return fail(result);
	return seen;
}

function ours(verdict, files) {
	return execFileSync(verdict, files, { encoding: 'latin1', maxBuffer: 1 << 28 }).trimEnd().split('\n').map((line) => {
		const [end, status, body, used, keepalive, ...text] = line.split(' ');

		return { end, status: +status, body: +body, used: +used, keepalive: keepalive === '1', text: text.join(' ') };
	});
}

function agree(a, b) {
	if (a.end !== b.end)
		return false;
	if (a.end === 'broken')
		return true;
	return a.status === b.status && a.body === b.body && a.used === b.used &&
		(a.end === 'cut' || a.keepalive === b.keepalive);
}

function show(v) {
	return `${v.end} status ${v.status}, body ${v.body}, used ${v.used}, ${v.keepalive ? 'kept' : 'closed'} ${v.text}`;
}

const [verdict, folder, list] = process.argv.slice(2);
const names = fs.readdirSync(folder).filter((name) => !name.startsWith('.')).sort();
const all = [];
for (let i = 0; i < names.length; i += 500)
	all.push(...ours(verdict, names.slice(i, i + 500).map((name) => path.join(folder, name))));

let failures = 0, agreed = 0;
names.forEach((name, i) => {
	const file = fs.readFileSync(path.join(folder, name));
	if (file.length < PREFIX)
		return;
	const theirs = llhttp(file.subarray(PREFIX), file[0] & 1);
	const same = agree(all[i], theirs);

	agreed += same;
	if (same !== name in DISAGREEMENTS && !list)
		return;
	if (list && same)
		return;
	failures++;
	console.log(`${name}: ${same ? 'they agree, but the table says that they do not' : 'no agreement'}`);
	console.log(`  ours:   ${show(all[i])}\n  llhttp: ${show(theirs)}`);
});
for (const name of list ? [] : Object.keys(DISAGREEMENTS).filter((key) => !names.includes(key))) {
	failures++;
	console.log(`${name}: a row without a file`);
}
console.log(`${names.length} responses, ${agreed} agreements, ${Object.keys(DISAGREEMENTS).length} rows, ` +
	`llhttp ${process.versions.llhttp}`);
if (process.versions.llhttp.split('.')[0] !== MAJOR_VERSION) {
	console.log(`not judged: the table is for llhttp ${MAJOR_VERSION}`);
	process.exit(77);
}
process.exit(failures && !list ? 1 : 0);
