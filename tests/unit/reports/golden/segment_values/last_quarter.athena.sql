WITH dated AS (
  WITH changes AS (
    SELECT
      valid.group_id AS group_id,
      valid.profile_no AS profile_no,
      valid.occurred_at AS occurred_at,
      valid.action AS action
    FROM (
      SELECT
        entries.group_id AS group_id,
        entries.profile_no AS profile_no,
        entries.occurred_at AS occurred_at,
        entries.action AS action,
        LAG(entries.action) OVER (PARTITION BY entries.group_id, entries.profile_no ORDER BY entries.occurred_at) AS previous
      FROM (
        SELECT
          segment_log.group_id AS group_id,
          segment_log.profile_no AS profile_no,
          segment_log.occurred_at AS occurred_at,
          segment_log.action AS action,
          MIN(segment_log.occurred_at) OVER (
            PARTITION BY segment_log.group_id, segment_log.profile_no
            ORDER BY segment_log.logged_at DESC, segment_log.action, segment_log.log_id DESC
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
          ) AS later
        FROM segment_log AS segment_log
        WHERE
          segment_log.group_id IN (
            CAST(? AS VARCHAR),
            CAST(? AS VARCHAR)
          )
      ) AS entries
      WHERE
        entries.later IS NULL OR entries.occurred_at < entries.later
    ) AS valid
    WHERE
      valid.action <> COALESCE(valid.previous, 'left')
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
  dated.group_id AS group_id,
  dated.early AS early,
  COUNT(CASE WHEN dated.action = 'joined' THEN 1 END) AS added,
  COUNT(CASE WHEN dated.action = 'left' THEN 1 END) AS removed,
  MAX(dated.occurred_at) AS newest
FROM dated AS dated
GROUP BY
  dated.group_id,
  dated.early
ORDER BY
  group_id,
  early
