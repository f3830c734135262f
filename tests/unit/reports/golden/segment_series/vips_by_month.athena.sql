WITH placed AS (
  WITH quarters AS (
    WITH dated AS (
      WITH changes AS (
        WITH pairs AS (
          SELECT
            segment_log.group_id AS group_id,
            segment_log.profile_no AS profile_no,
            COUNT(*) AS entries,
            MIN(CASE WHEN segment_log.action = 'joined' THEN segment_log.occurred_at END) AS joined_at,
            MIN(CASE WHEN segment_log.action = 'left' THEN segment_log.occurred_at END) AS left_at,
            MIN(CASE WHEN segment_log.action = 'joined' THEN segment_log.logged_at END) AS joined_logged,
            MIN(CASE WHEN segment_log.action = 'left' THEN segment_log.logged_at END) AS left_logged
          FROM segment_log AS segment_log
          WHERE
            segment_log.group_id IN (CAST(? AS VARCHAR))
          GROUP BY
            segment_log.group_id,
            segment_log.profile_no
        ), sorted AS (
          SELECT
            pairs.group_id AS group_id,
            pairs.profile_no AS profile_no,
            pairs.joined_at AS joined_at,
            pairs.left_at AS left_at,
            CASE
              WHEN pairs.entries = 1
              OR pairs.entries = 2
              AND pairs.joined_at < pairs.left_at
              AND pairs.joined_logged < pairs.left_logged
              THEN 1
              ELSE 0
            END AS plain
          FROM pairs AS pairs
        ), entries AS (
          SELECT
            g.group_id AS group_id,
            g.profile_no AS profile_no,
            g.occurred_at AS occurred_at,
            g.action AS action,
            MIN(g.occurred_at) OVER (
              PARTITION BY g.group_id, g.profile_no
              ORDER BY g.logged_at DESC, g.action, g.log_id DESC
              ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ) AS later
          FROM segment_log AS g
          JOIN sorted AS s
            ON s.group_id = g.group_id AND s.profile_no = g.profile_no AND s.plain = 0
        ), valid AS (
          SELECT
            entries.group_id AS group_id,
            entries.profile_no AS profile_no,
            entries.occurred_at AS occurred_at,
            entries.action AS action,
            LAG(entries.action) OVER (PARTITION BY entries.group_id, entries.profile_no ORDER BY entries.occurred_at) AS previous
          FROM entries AS entries
          WHERE
            entries.later IS NULL OR entries.occurred_at < entries.later
        ), mixed AS (
          SELECT
            valid.group_id AS group_id,
            valid.profile_no AS profile_no,
            valid.occurred_at AS occurred_at,
            valid.action AS action,
            LEAD(valid.occurred_at) OVER (PARTITION BY valid.group_id, valid.profile_no ORDER BY valid.occurred_at) AS until
          FROM valid AS valid
          WHERE
            valid.action <> COALESCE(valid.previous, 'left')
        )
        SELECT
          sorted.group_id AS group_id,
          sorted.profile_no AS profile_no,
          sorted.joined_at AS occurred_at,
          'joined' AS action
        FROM sorted AS sorted
        WHERE
          sorted.plain = 1 AND NOT sorted.joined_at IS NULL
        UNION ALL
        SELECT
          sorted.group_id AS group_id,
          sorted.profile_no AS profile_no,
          sorted.left_at AS occurred_at,
          'left' AS action
        FROM sorted AS sorted
        WHERE
          sorted.plain = 1 AND NOT sorted.joined_at IS NULL AND NOT sorted.left_at IS NULL
        UNION ALL
        SELECT
          mixed.group_id AS group_id,
          mixed.profile_no AS profile_no,
          mixed.occurred_at AS occurred_at,
          mixed.action AS action
        FROM mixed AS mixed
      )
      SELECT
        changes.group_id AS group_id,
        changes.action AS action,
        changes.occurred_at AS occurred_at,
        CASE
          WHEN changes.occurred_at < CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
          THEN 1
          ELSE 0
        END AS early
      FROM changes AS changes
      WHERE
        changes.occurred_at < CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
    )
    SELECT
      changes.group_id AS group_id,
      changes.early AS early,
      DATE_ADD(
        'MINUTE',
        15 * changes.quarter,
        CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
      ) AS occurred_at,
      MAX(changes.at) AS newest,
      COUNT(CASE WHEN changes.action = 'joined' THEN 1 END) AS added,
      COUNT(CASE WHEN changes.action = 'left' THEN 1 END) AS removed
    FROM (
      SELECT
        dated.group_id AS group_id,
        dated.action AS action,
        dated.early AS early,
        dated.occurred_at AS at,
        DATE_DIFF(
          'MINUTE',
          CAST(? AS TIMESTAMP(6) WITH TIME ZONE),
          CASE
            WHEN dated.early = 1
            THEN CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
            ELSE dated.occurred_at
          END
        ) / 15 AS quarter
      FROM dated AS dated
    ) AS changes
    GROUP BY
      changes.group_id,
      changes.early,
      changes.quarter
  )
  SELECT
    quarters.group_id AS group_id,
    quarters.early AS early,
    quarters.added AS added,
    quarters.removed AS removed,
    quarters.newest AS newest,
    DATE_TRUNC('MONTH', CAST(AT_TIMEZONE(quarters.occurred_at, 'Europe/Berlin') AS DATE)) AS bucket
  FROM quarters AS quarters
)
SELECT
  placed.group_id AS group_id,
  placed.early AS early,
  placed.bucket AS bucket,
  SUM(placed.added) AS added,
  SUM(placed.removed) AS removed,
  MAX(placed.newest) AS newest
FROM placed AS placed
GROUP BY
  placed.group_id,
  placed.early,
  placed.bucket
ORDER BY
  group_id,
  early,
  bucket
