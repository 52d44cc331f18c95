"""Every database flag of Cloud SQL for PostgreSQL, as https://docs.cloud.google.com/sql/docs/postgres/flags lists them.

Ranges and words of PostgreSQL's own are those of its version 15 (`postgres --describe-config`) and of the release notes
since, so that what is refused here is refused by the server. Only sql_flags.py reads this.
"""

SWITCHES = """
auto_explain.log_analyze auto_explain.log_buffers auto_explain.log_nested_statements auto_explain.log_settings
auto_explain.log_timing auto_explain.log_triggers auto_explain.log_verbose auto_explain.log_wal autovacuum
cloudsql.allow_passwordless_local_connections cloudsql.enable_anon cloudsql.enable_auto_explain
cloudsql.enable_google_ml_integration cloudsql.enable_index_advisor cloudsql.enable_maintenance_mode
cloudsql.enable_pg_bigm cloudsql.enable_pg_cron cloudsql.enable_pg_hint_plan cloudsql.enable_pg_ivm
cloudsql.enable_pg_squeeze cloudsql.enable_pg_wait_sampling cloudsql.enable_pgaudit cloudsql.enable_pglogical
cloudsql.iam_authentication cloudsql.logical_decoding cron.log_run cron.log_statement debug_pretty_print
debug_print_parse debug_print_plan debug_print_rewritten default_transaction_deferrable default_transaction_read_only
enable_async_append enable_bitmapscan enable_gathermerge enable_hashagg enable_hashjoin enable_incremental_sort
enable_indexonlyscan enable_indexscan enable_material enable_memoize enable_mergejoin enable_nestloop
enable_parallel_append enable_parallel_hash enable_partition_pruning enable_partitionwise_aggregate
enable_partitionwise_join enable_seqscan enable_sort enable_tidscan geqo hot_standby_feedback jit log_checkpoints
log_disconnections log_duration log_executor_stats log_hostname log_lock_waits log_parser_stats log_planner_stats
log_recovery_conflict_waits log_replication_commands log_statement_stats parallel_leader_participation
pg_bigm.enable_recheck pg_hint_plan.enable_hint pg_hint_plan.enable_hint_table pg_stat_statements.save
pg_stat_statements.track_planning pg_stat_statements.track_utility pgaudit.log_catalog pgaudit.log_client
pgaudit.log_parameter pgaudit.log_relation pgaudit.log_rows pgaudit.log_statement pgaudit.log_statement_once
pglogical.batch_inserts pglogical.synchronous_commit pglogical.use_spi row_security standard_conforming_strings
synchronize_seqscans trace_notify trace_sort track_activities track_commit_timestamp track_counts track_io_timing
track_wal_io_timing
"""
"""Flags that are on or off."""

OTHERS = """
auto_explain.log_format: word text xml json yaml
auto_explain.log_level: word debug5 debug4 debug3 debug2 debug1 debug info notice warning log
auto_explain.log_min_duration: whole -1
auto_explain.log_parameter_max_length: whole -1 since 16
auto_explain.sample_rate: number 0 1
autovacuum_analyze_scale_factor: number 0 100
autovacuum_analyze_threshold: whole 0
autovacuum_freeze_max_age: whole 100000 2000000000
autovacuum_max_workers: whole 1 262143
autovacuum_multixact_freeze_max_age: whole 10000 2000000000
autovacuum_naptime: whole 1 2147483
autovacuum_vacuum_cost_delay: number -1 100
autovacuum_vacuum_cost_limit: whole -1 10000
autovacuum_vacuum_insert_scale_factor: number 0 100
autovacuum_vacuum_insert_threshold: whole -1
autovacuum_vacuum_max_threshold: whole -1 since 18
autovacuum_vacuum_scale_factor: number 0 100
autovacuum_vacuum_threshold: whole 0
autovacuum_work_mem: whole -1
autovacuum_worker_slots: whole 1 262143 since 18
backend_flush_after: whole 0 256
bgwriter_delay: whole 10 10000
bgwriter_flush_after: whole 0 256
bgwriter_lru_maxpages: whole 0 1073741823
bgwriter_lru_multiplier: number 0 10
bytea_output: word escape hex
checkpoint_completion_target: number 0 1
checkpoint_flush_after: whole 0 256
checkpoint_timeout: whole 30 86400
checkpoint_warning: whole 0
client_connection_check_interval: whole 0
client_min_messages: word debug5 debug4 debug3 debug2 debug1 log notice warning error
cloudsql.pg_shadow_select_role: text
commit_delay: whole 0 100000
commit_siblings: whole 0 1000
commit_timestamp_buffers: whole 0 131072 since 17
compute_query_id: word auto regress on off
constraint_exclusion: word partition on off
cpu_index_tuple_cost: number 0
cpu_operator_cost: number 0
cpu_tuple_cost: number 0
cron.database_name: text
cron.log_min_messages: word debug5 debug4 debug3 debug2 debug1 debug info notice warning error log fatal panic
cron.max_running_jobs: whole 0
cron.timezone: text
cursor_tuple_fraction: number 0 1
datestyle: text
deadlock_timeout: whole 1
debug_parallel_query: word off on regress since 16
default_statistics_target: whole 1 10000
default_tablespace: text
default_toast_compression: word pglz lz4
default_transaction_isolation: word serializable repeatable_read read_committed read_uncommitted
effective_cache_size: whole 1
effective_io_concurrency: whole 0 1000
enable_distinct_reordering: switch since 18
enable_group_by_reordering: switch since 17
enable_presorted_aggregate: switch since 16
enable_self_join_elimination: switch since 18
extra_float_digits: whole -15 3
force_parallel_mode: word off on regress until 15
from_collapse_limit: whole 1
geqo_effort: whole 1 10
geqo_generations: whole 0
geqo_pool_size: whole 0
geqo_seed: number 0 1
geqo_selection_bias: number 1.5 2
geqo_threshold: whole 2
gin_fuzzy_search_limit: whole 0
gin_pending_list_limit: whole 64
hash_mem_multiplier: number 1 1000
huge_pages: word off on try
idle_in_transaction_session_timeout: whole 0
idle_replication_slot_timeout: whole 0 since 18
idle_session_timeout: whole 0
intervalstyle: word postgres postgres_verbose sql_standard iso_8601
io_combine_limit: whole 1 128 since 17
io_method: word worker io_uring sync since 18
io_workers: whole 1 32 since 18
jit_above_cost: number -1
jit_inline_above_cost: number -1
jit_optimize_above_cost: number -1
join_collapse_limit: whole 1
lock_timeout: whole 0
log_autovacuum_min_duration: whole -1
log_connections: words on off receipt authentication authorization setup_durations all
log_error_verbosity: word terse default verbose
log_lock_failures: switch since 18
log_min_duration_sample: whole -1
log_min_duration_statement: whole -1
log_min_error_statement: word debug5 debug4 debug3 debug2 debug1 info notice warning error log fatal panic
log_min_messages: word debug5 debug4 debug3 debug2 debug1 info notice warning error log fatal panic
log_parameter_max_length: whole -1 1073741823
log_parameter_max_length_on_error: whole -1 1073741823
log_statement: word none ddl mod all
log_statement_sample_rate: number 0 1
log_temp_files: whole -1
log_timezone: text
log_transaction_sample_rate: number 0 1
logical_decoding_work_mem: whole 64
maintenance_io_concurrency: whole 0 1000
maintenance_work_mem: whole 1024
max_connections: whole 14 262143
max_files_per_process: whole 64
max_locks_per_transaction: whole 10
max_logical_replication_workers: whole 0 262143
max_parallel_maintenance_workers: whole 0 1024
max_parallel_workers: whole 0 1024
max_parallel_workers_per_gather: whole 0 1024
max_pred_locks_per_page: whole 0
max_pred_locks_per_relation: whole -2147483648
max_pred_locks_per_transaction: whole 10
max_prepared_transactions: whole 0 262143
max_replication_slots: whole 0 262143
max_stack_depth: whole 100
max_standby_archive_delay: whole -1
max_standby_streaming_delay: whole -1
max_sync_workers_per_subscription: whole 0 262143
max_wal_senders: whole 0 262143
max_wal_size: whole 2
max_worker_processes: whole 8 262143
min_parallel_index_scan_size: whole 0 715827882
min_parallel_table_scan_size: whole 0 715827882
min_wal_size: whole 2
multixact_member_buffers: whole 16 131072 since 17
multixact_offset_buffers: whole 16 131072 since 17
notify_buffers: whole 16 131072 since 17
old_snapshot_threshold: whole -1 86400 until 16
parallel_setup_cost: number 0
parallel_tuple_cost: number 0
password_encryption: word md5 scram-sha-256
pg_bigm.gin_key_limit: whole 0
pg_bigm.similarity_limit: number 0 1
pg_hint_plan.debug_print: word off on detailed verbose
pg_hint_plan.message_level: word debug5 debug4 debug3 debug2 debug1 debug info notice warning error log
pg_hint_plan.parse_messages: word debug5 debug4 debug3 debug2 debug1 debug info notice warning error log
pg_stat_statements.max: whole 100
pg_stat_statements.track: word none top all
pgaudit.log: words read write function role ddl misc misc_set \
    all none -read -write -function -role -ddl -misc -misc_set
pgaudit.log_level: word debug5 debug4 debug3 debug2 debug1 info notice warning log
pgaudit.role: text
pglogical.conflict_log_level: word debug5 debug4 debug3 debug2 debug1 info notice warning error log fatal panic
pglogical.conflict_resolution: word error apply_remote keep_local last_update_wins first_update_wins
pglogical.extra_connection_options: text
plan_cache_mode: word auto force_generic_plan force_custom_plan
random_page_cost: number 0
reserved_connections: whole 0 262143 since 16
scram_iterations: whole 1 since 16
search_path: text
seq_page_cost: number 0
serializable_buffers: whole 16 131072 since 17
session_replication_role: word origin replica local
shared_buffers: whole 16 1073741823
ssl_max_protocol_version: word TLSv1 TLSv1.1 TLSv1.2 TLSv1.3
ssl_min_protocol_version: word TLSv1 TLSv1.1 TLSv1.2 TLSv1.3
statement_timeout: whole 0
subtransaction_buffers: whole 0 131072 since 17
summarize_wal: switch since 17
synchronous_commit: word local remote_write remote_apply on off
tcp_keepalives_count: whole 0
tcp_keepalives_idle: whole 0
tcp_keepalives_interval: whole 0
tcp_user_timeout: whole 0
temp_buffers: whole 100 1073741823
temp_file_limit: whole -1
timezone: text
trace_recovery_messages: word debug5 debug4 debug3 debug2 debug1 log notice warning error until 16
track_activity_query_size: whole 100 1048576
track_cost_delay_timing: switch since 18
track_functions: word none pl all
transaction_buffers: whole 0 131072 since 17
transaction_timeout: whole 0 since 17
vacuum_buffer_usage_limit: whole 0 16777216 since 16
vacuum_cost_delay: number 0 100
vacuum_cost_limit: whole 1 10000
vacuum_cost_page_dirty: whole 0 10000
vacuum_cost_page_hit: whole 0 10000
vacuum_cost_page_miss: whole 0 10000
vacuum_defer_cleanup_age: whole 0 1000000 until 15
vacuum_failsafe_age: whole 0 2100000000
vacuum_freeze_min_age: whole 0 1000000000
vacuum_freeze_table_age: whole 0 2000000000
vacuum_max_eager_freeze_failure_rate: number 0 1 since 18
vacuum_multixact_failsafe_age: whole 0 2100000000
vacuum_multixact_freeze_min_age: whole 0 1000000000
vacuum_multixact_freeze_table_age: whole 0 2000000000
vacuum_truncate: switch since 18
wal_buffers: whole -1 262143
wal_compression: word pglz lz4 zstd on off
wal_receiver_timeout: whole 0
wal_sender_timeout: whole 0
work_mem: whole 64
xmlbinary: word base64 hex
xmloption: word content document
"""
"""A flag a line: a whole or any number with its least and most, one word of some, several of them, or any text.

The blank of `read committed` is written `_`. `since` and `until` are versions of PostgreSQL.
"""
