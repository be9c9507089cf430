"""What a query may call and make: functions, table functions and types, by their names in DuckDB."""

from __future__ import annotations

_OPERATORS = "+ - * / // % ** ^ & | << >> ~ || ~~ !~~ ~~* !~~* ~~~ ! @> <@ && -> ->> ~~ xor"

_AGGREGATES = """
any_value approx_count_distinct approx_quantile arg_max arg_max_null arg_min arg_min_null array_agg avg bit_and
bit_or bit_xor bool_and bool_or corr count count_if count_star covar_pop covar_samp entropy favg first fsum
geometric_mean histogram kurtosis last list listagg mad max max_by mean median min min_by mode product quantile
quantile_cont quantile_disc regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy
regr_syy reservoir_quantile skewness std stddev stddev_pop stddev_samp string_agg sum sumkahan var_pop var_samp
variance group_concat kahan_sum
"""

_WINDOWS = """
row_number rank rank_dense dense_rank percent_rank cume_dist ntile lag lead first_value last_value nth_value fill
"""

_NUMBERS = """
abs acos acosh add asin asinh atan atan2 atanh cbrt ceil ceiling cos cosh cot degrees divide even exp fdiv floor fmod
gamma gcd greatest greatest_common_divisor isfinite isinf isnan lcm least least_common_multiple lgamma ln log log10
log2 mod multiply nextafter pi pow power radians round round_even sign signbit sin sinh sqrt subtract tan tanh
trunc width_bucket
"""

_TEXTS = """
ascii bit_length chr concat concat_ws contains ends_with format from_base64 to_base64 base64 from_hex to_hex hex unhex
md5 sha1 sha256 instr lcase left left_grapheme length length_grapheme like_escape ilike_escape not_like_escape
not_ilike_escape lower lpad ltrim nfc_normalize ord position prefix printf regexp_escape regexp_extract
regexp_extract_all regexp_full_match regexp_matches regexp_replace regexp_split_to_array repeat replace reverse right
right_grapheme rpad rtrim split split_part starts_with str_split str_split_regex string_split string_split_regex
string_to_array strip_accents strlen strpos substr substring substring_grapheme suffix translate trim ucase unicode
upper url_decode url_encode levenshtein damerau_levenshtein jaccard jaro_similarity jaro_winkler_similarity hamming
editdist3 mismatches  format_bytes
"""

_TIMES = """
age century current_date current_localtime current_localtimestamp date_add date_diff date_part date_sub date_trunc
datediff datepart datesub datetrunc day dayname dayofmonth dayofweek dayofyear decade epoch epoch_ms epoch_ns epoch_us
era get_current_time get_current_timestamp hour isodow isoyear julian last_day make_date make_time make_timestamp
microsecond millennium millisecond minute month monthname now quarter second strftime strptime time_bucket timezone
timezone_hour timezone_minute to_centuries to_days to_decades to_hours to_microseconds to_millennia to_milliseconds
to_minutes to_months to_quarters to_seconds to_timestamp to_weeks to_years today transaction_timestamp try_strptime
week weekday weekofyear year yearweek extract make_timestamp_ms
"""

_LISTS = """
aggregate array_aggregate apply array_append array_apply array_cat array_concat array_contains array_distinct
array_extract array_filter array_has array_has_all array_has_any array_indexof array_intersect array_length
array_position array_prepend array_reduce array_reverse array_reverse_sort array_slice array_sort array_to_string
array_transform array_unique array_value array_where array_zip cardinality element_at filter flatten generate_series
grade_up len list_aggr list_aggregate list_any_value list_append list_apply list_approx_count_distinct list_avg
list_cat list_concat list_contains list_count list_distinct list_element list_extract list_filter list_first
list_grade_up list_has list_has_all list_has_any list_indexof list_intersect list_last list_max list_median list_min
list_position list_prepend list_reduce list_reverse list_reverse_sort list_slice list_sort list_sum list_transform
list_unique list_value list_where list_zip map map_concat map_contains map_entries map_extract map_extract_value
map_from_entries map_keys map_values range row struct_extract struct_extract_at struct_pack unnest unpivot_list reduce
list_any_value list_string_agg list_stddev_pop list_var_pop struct_insert
"""

_OTHERS = """
alias can_cast_implicitly coalesce constant_or_null error hash if ifnull is_distinct_from isnull nullif typeof try
not_distinct_from grouping grouping_id greatest json json_array json_array_length json_contains json_exists
json_extract json_extract_path json_extract_path_text json_extract_string json_keys json_object json_type json_valid
json_value to_json array_to_json row_to_json json_group_array json_group_object json_structure json_merge_patch
"""

_OURS = """
trino_divide trino_plus trino_minus trino_date_trunc trino_sequence trino_steps trino_date_diff
"""

FUNCTIONS = frozenset(
    name
    for names in (_OPERATORS, _AGGREGATES, _WINDOWS, _NUMBERS, _TEXTS, _TIMES, _LISTS, _OTHERS, _OURS)
    for name in names.split()
) - {"error"}
"""Scalar, aggregate and window functions that neither read anything nor wait, by name in lower case."""

TABLE_FUNCTIONS = frozenset({"range", "generate_series", "unnest"})

VOLATILE = frozenset(
    {"current_date", "current_localtime", "current_localtimestamp", "get_current_time", "get_current_timestamp"}
    | {"now", "today", "transaction_timestamp", "age", "current_timestamp", "current_time"}
)
"""Functions whose answer changes with the time."""

_TYPES = """
boolean tinyint smallint integer bigint hugeint utinyint usmallint uinteger ubigint float double decimal varchar char
date time timestamp timestamp_s timestamp_ms timestamp_ns interval list struct map uuid blob array sqlnull null json
"""

TYPES = frozenset(_TYPES.upper().split()) | {"TIMESTAMP WITH TIME ZONE", "TIME WITH TIME ZONE"}
"""Types that a value may be cast to, by their names in DuckDB's syntax tree."""

MACROS = (
    # Whole numbers are divided as whole numbers in Trino. CASE makes a DOUBLE of both, which holds these exactly.
    """trino_divide(a, b) as cast_to_type(
        case when typeof(a // b) not like '%INT%' then a / b
             when abs(a // b) <= 9007199254740992 then a // b
             when a // b is not null then error('a quotient is too large: cast to decimal') end, a // b)""",
    # A date stays a date: DuckDB makes a timestamp of it.
    "trino_plus(a, b) as cast_to_type(a + b, a)",
    "trino_minus(a, b) as cast_to_type(a - b, a)",
    "trino_date_trunc(part, a) as cast_to_type(date_trunc(part, a), a)",
    # Trino counts whole units that have passed, DuckDB's date_diff the borders between.
    "trino_date_diff(part, a, b) as date_sub(part, a, b)",
    """trino_sequence(a bigint, b bigint) as generate_series(a, b, case when a <= b then 1 else -1 end),
       (a date, b date) as cast(generate_series(a, b, interval 1 day) as date[])""",
    "trino_steps(a, b, step) as cast_to_type(generate_series(a, b, step), [a])",
)
"""Macros that keep Trino's meaning where DuckDB's functions of the same name differ. They have no types of parameters
where these may be aggregates, which no overload is found for."""
