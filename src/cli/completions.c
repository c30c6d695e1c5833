/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Completions for shells, from the same table as the parser. */
#include <string.h>

#include "cli/commands.h"

static bool takes_file(const struct option *option)
{
	return option->argument && !strcmp(option->argument, "FILE");
}

/* "sweep serve ": the commands that have a name. */
static void put_commands(FILE *out)
{
	for (size_t i = 0; commands[i]; i++)
		if (commands[i]->name)
			fprintf(out, "%s ", commands[i]->name);
}

/* ---- bash ---- */

static void put_words(FILE *out, const struct command *command)
{
	for (size_t i = 0; i < command->option_count; i++) {
		if (command->options[i].letter)
			fprintf(out, " -%c", command->options[i].letter);
		fprintf(out, " --%s", command->options[i].name);
	}
}

static void bash(FILE *out)
{
	fputs("# bash completion for vastar\n_vastar() {\n\tlocal words\n\tcase ${COMP_WORDS[1]} in\n", out);
	for (size_t i = 0; commands[i]; i++) {
		if (!commands[i]->name)
			continue;
		fprintf(out, "\t%s) words=\"", commands[i]->name);
		put_words(out, commands[i]);
		fputs("\" ;;\n", out);
	}
	fputs("\thelp) words=\"", out);
	put_commands(out);
	fputs("man bash zsh fish\" ;;\n\t*) words=\"", out);
	put_commands(out);
	fputs("help version", out);
	put_words(out, &bench_command);
	fputs("\" ;;\n\tesac\n\tcase ${COMP_WORDS[COMP_CWORD - 1]} in\n\t", out);
	for (size_t i = 0, first = 1; commands[i]; i++)
		for (size_t k = 0; k < commands[i]->option_count; k++) {
			const struct option *option = &commands[i]->options[k];

			if (!takes_file(option))
				continue;
			fprintf(out, "%s--%s", first ? "" : "|", option->name);
			if (option->letter)
				fprintf(out, "|-%c", option->letter);
			first = 0;
		}
	fputs(
	    ")\n\t\tmapfile -t COMPREPLY < <(compgen -f -- \"${COMP_WORDS[COMP_CWORD]}\") ;;\n"
	    "\t*)\n\t\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\") ;;\n"
	    "\tesac\n}\ncomplete -o default -F _vastar vastar\n",
	    out);
}

/* ---- zsh ---- */

/* Inside a pair of single quotes, in a spec of _arguments. */
static void put_spec(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '\'')
			fputs("'\\''", out);
		else if (strchr("[]:\\", *text))
			fprintf(out, "\\%c", *text);
		else
			fputc(*text, out);
	}
}

static void zsh_option(FILE *out, const struct option *option, const char *flag, bool longer)
{
	fprintf(out, "\t\t'*%s%s[", flag, option->argument ? (longer ? "=" : "+") : "");
	put_spec(out, option->help);
	fputc(']', out);
	if (option->argument) {
		fputc(':', out);
		put_spec(out, option->argument);
		fputs(takes_file(option) ? ":_files" : ": ", out);
	}
	fputs("'\n", out);
}

static void zsh(FILE *out)
{
	fputs("#compdef vastar\nlocal -a options\ncase $words[2] in\n", out);
	for (int named = 1; named >= 0; named--)
		for (size_t i = 0; commands[i]; i++) {
			if ((commands[i]->name != NULL) != named)
				continue;
			fprintf(out, "%s)\n\toptions=(\n", named ? commands[i]->name : "*");
			for (size_t k = 0; k < commands[i]->option_count; k++) {
				const struct option *option = &commands[i]->options[k];
				char flag[64];

				snprintf(flag, sizeof(flag), "--%s", option->name);
				zsh_option(out, option, flag, true);
				if (option->letter) {
					snprintf(flag, sizeof(flag), "-%c", option->letter);
					zsh_option(out, option, flag, false);
				}
			}
			fputs("\t)\n\t;;\n", out);
		}
	fputs("esac\n_arguments $options '1:command or URL:(", out);
	put_commands(out);
	fputs("help version)' '*: :_default'\n", out);
}

/* ---- fish ---- */

static void put_quoted(FILE *out, const char *text)
{
	for (; *text; text++)
		fprintf(out, *text == '\'' || *text == '\\' ? "\\%c" : "%c", *text);
}

static void not_of_a_command(FILE *out)
{
	fputs("complete -c vastar -n 'not __fish_seen_subcommand_from ", out);
	put_commands(out);
	fputc('\'', out);
}

static void fish(FILE *out)
{
	fputs("# fish completion for vastar\n"
	      "complete -c vastar -n __fish_use_subcommand -a '",
	      out);
	put_commands(out);
	fputs("help version'\n", out);
	for (size_t i = 0; commands[i]; i++)
		for (size_t k = 0; k < commands[i]->option_count; k++) {
			const struct option *option = &commands[i]->options[k];

			if (commands[i]->name)
				fprintf(out, "complete -c vastar -n '__fish_seen_subcommand_from %s'",
					commands[i]->name);
			else
				not_of_a_command(out);
			if (option->letter)
				fprintf(out, " -s %c", option->letter);
			fprintf(out, " -l %s%s -d '", option->name,
				option->argument ? takes_file(option) ? " -r" : " -x" : "");
			put_quoted(out, option->help);
			fputs("'\n", out);
		}
}

bool options_completions(const char *shell, FILE *out)
{
	if (!strcmp(shell, "bash"))
		bash(out);
	else if (!strcmp(shell, "zsh"))
		zsh(out);
	else if (!strcmp(shell, "fish"))
		fish(out);
	else
		return false;
	return true;
}
