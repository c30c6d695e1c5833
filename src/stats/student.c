/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "stats/student.h"

#include <math.h>

/* The continued fraction of the incomplete beta function (DLMF 8.17.22), evaluated from its first term on
 * by Lentz's method as modified by Thompson and Barnett (J. Comput. Phys. 64, 1986). */
static double beta_fraction(double a, double b, double x)
{
	enum { TERMS_MAX = 500 };
	const double tiny = 1e-300;
	double c = 1, d = 1 - (a + b) * x / (a + 1), f;

	d = 1 / (fabs(d) < tiny ? tiny : d);
	f = d;
	for (int m = 1; m <= TERMS_MAX; m++) {
		double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
		       odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));

		d = 1 + even * d;
		c = 1 + even / c;
		d = 1 / (fabs(d) < tiny ? tiny : d);
		f *= d * (fabs(c) < tiny ? tiny : c);
		d = 1 + odd * d;
		c = 1 + odd / c;
		d = 1 / (fabs(d) < tiny ? tiny : d);
		f *= d * (fabs(c) < tiny ? tiny : c);
		if (fabs(d * c - 1) < 1e-14)
			break;
	}
	return f;
}

/* I_x(a, b). Below the mean of the distribution the fraction converges fast. Above the mean, the other
 * tail is computed instead (DLMF 8.17.4). */
static double incomplete_beta(double a, double b, double x)
{
	double front;

	if (!(x > 0))
		return 0;
	if (x >= 1)
		return 1;
	front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x));
	return x < (a + 1) / (a + b + 2) ? front * beta_fraction(a, b, x) / a
					 : 1 - front * beta_fraction(b, a, 1 - x) / b;
}

double student_t(double freedom, double confidence)
{
	enum { HALVINGS = 100 };
	double low = 0, high = 1e6; /* more than any t for 1 or more degrees of freedom at 99.9999 % */

	for (int i = 0; i < HALVINGS; i++) {
		double t = (low + high) / 2;

		if (incomplete_beta(freedom / 2, 0.5, freedom / (freedom + t * t)) > 1 - confidence)
			low = t;
		else
			high = t;
	}
	return (low + high) / 2;
}

static double mean(const double *values, unsigned count)
{
	double sum = 0;

	for (unsigned i = 0; i < count; i++)
		sum += values[i];
	return sum / count;
}

/* The variance of the values divided by their number. */
static double variance_of_mean(const double *values, unsigned count)
{
	double centre = mean(values, count), squares = 0;

	for (unsigned i = 0; i < count; i++)
		squares += (values[i] - centre) * (values[i] - centre);
	return squares / (count - 1) / count;
}

bool welch_difference(const double *a, unsigned a_count, const double *b, unsigned b_count, double confidence,
		      struct mean_difference *difference)
{
	double a_variance, b_variance, both, half = 0;

	if (a_count < 2 || b_count < 2)
		return false;
	a_variance = variance_of_mean(a, a_count);
	b_variance = variance_of_mean(b, b_count);
	both = a_variance + b_variance;
	if (both > 0) {
		/* Welch-Satterthwaite degrees of freedom. */
		double freedom =
		    both * both /
		    (a_variance * a_variance / (a_count - 1) + b_variance * b_variance / (b_count - 1));

		half = student_t(freedom, confidence) * sqrt(both);
	}
	difference->value = mean(b, b_count) - mean(a, a_count);
	difference->low = difference->value - half;
	difference->high = difference->value + half;
	return true;
}
