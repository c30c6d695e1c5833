/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/html/markup.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

void html_text(FILE *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		case '\'':
			fputs("&#39;", out);
			break;
		default:
			if (*text >= ' ' && *text <= '~')
				fputc(*text, out);
			else
				fprintf(out, "\\x%02x", (unsigned char)*text);
		}
	}
}

static void print_text(FILE *out, const char *format, va_list args)
{
	char text[1024];

	vsnprintf(text, sizeof(text), format, args);
	html_text(out, text);
}

void html_printf(FILE *out, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_text(out, format, args);
	va_end(args);
}

void html_begin(FILE *out, const char *heading, const char *subject)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
	      "<meta name=\"color-scheme\" content=\"light dark\"/>\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	      "style-src 'unsafe-inline'; script-src 'sha256-",
	      out);
	fprintf(out, "%s'\"/>\n<title>vastar: ", html_script_digest);
	html_printf(out, "%s ", heading);
	html_text(out, subject);
	fputs("</title>\n<style>\n", out);
	for (const char *const *piece = html_style; *piece; piece++)
		fputs(*piece, out);
	fputs("</style>\n</head>\n<body>\n<main>\n<header>\n<h1><span>", out);
	html_text(out, heading);
	fputs("</span> ", out);
	html_text(out, subject);
	fputs("</h1>\n", out);
}

void html_end(FILE *out)
{
	fprintf(out,
		"<footer>vastar %s</footer>\n</main>\n<div id=\"tip\" hidden=\"hidden\"></div>\n"
		"<script>%s</script>\n</body>\n</html>\n",
		VASTAR_VERSION, html_script);
}

void html_section(FILE *out, const char *title)
{
	fprintf(out, "<section>\n<h2>%s</h2>\n", title);
}

void html_card(FILE *out, const char *name, const char *value, const char *note)
{
	fputs("<div><dt>", out);
	html_text(out, name);
	fputs("</dt><dd>", out);
	html_text(out, value);
	if (*note) {
		fputs("<small>", out);
		html_text(out, note);
		fputs("</small>", out);
	}
	fputs("</dd></div>\n", out);
}

void html_table(FILE *out, const char *caption, const char *titles)
{
	bool had_titles = *titles;

	fputs("<div class=\"wide\"><table>\n<caption>", out);
	html_text(out, caption);
	fputs(had_titles ? "</caption>\n<thead><tr>" : "</caption>\n", out);
	while (*titles) {
		int length = (int)strcspn(titles, "|");

		bool words = *titles == '<';

		fprintf(out, "<th scope=\"col\"%s>", words ? " class=\"text\"" : "");
		html_printf(out, "%.*s", length - words, titles + words);
		fputs("</th>", out);
		titles += length + (titles[length] == '|');
	}
	fputs(had_titles ? "</tr></thead>\n<tbody>\n" : "<tbody>\n", out);
}

void html_row_text(FILE *out, const char *name, const char *text)
{
	fputs("<tr><th scope=\"row\">", out);
	html_text(out, name);
	fputs("</th><td>", out);
	html_text(out, text);
	fputs("</td></tr>\n", out);
}

void html_row_command(FILE *out, const char *name, const char *command)
{
	if (!command)
		return;
	fputs("<tr><th scope=\"row\">", out);
	html_text(out, name);
	fputs("</th><td><code>", out);
	html_text(out, command);
	fputs("</code></td></tr>\n", out);
}

void html_row(FILE *out, const char *name, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	html_row_text(out, name, text);
}

void html_cell(FILE *out, const char *format, ...)
{
	va_list args;

	fputs("<td>", out);
	va_start(args, format);
	print_text(out, format, args);
	va_end(args);
	fputs("</td>", out);
}

void html_banner(FILE *out, const char *kind, const char *title, const char *text)
{
	fprintf(out, "<p class=\"banner %s\"><strong>", kind);
	html_text(out, title);
	fputs("</strong> ", out);
	html_text(out, text);
	fputs("</p>\n", out);
}

void html_machine_rows(FILE *out, const struct run_facts *facts)
{
	unsigned usable = facts->usable_cpus ? facts->usable_cpus : facts->cpu_count;

	html_row_text(out, "Processor", facts->cpu_model);
	html_row(out, "Processors", "%u, %u usable", facts->cpu_count, usable);
	html_row(out, "Memory", "%" PRIu64 " MB", facts->ram_mb);
	html_row_text(out, "Kernel", facts->kernel);
}
