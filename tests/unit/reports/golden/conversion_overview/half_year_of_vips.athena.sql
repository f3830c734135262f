WITH converted AS (
  WITH found AS (
    SELECT
      found.profile_no AS profile_no,
      found.occurred_at AS occurred_at,
      found.event_id AS event_id,
      CASE
        WHEN found.metric_id = CAST(? AS BIGINT)
        AND NOT COALESCE(found.g0_0 <> 'null', FALSE)
        THEN CASE
          WHEN (
            found.value
          ) * CASE found.currency
            WHEN CAST(? AS VARCHAR)
            THEN CAST(? AS DOUBLE)
            ELSE CAST(1 AS DOUBLE)
          END BETWEEN -1e12 AND 1e12
          THEN CAST(ROUND(
            (
              found.value
            ) * CASE found.currency
              WHEN CAST(? AS VARCHAR)
              THEN CAST(? AS DOUBLE)
              ELSE CAST(1 AS DOUBLE)
            END * 10000
          ) AS BIGINT)
        END
      END AS units
    FROM (
      SELECT
        events.profile_no AS profile_no,
        events.occurred_at AS occurred_at,
        events.event_id AS event_id,
        events.metric_id AS metric_id,
        events.value AS value,
        events.currency AS currency,
        NULLIF(JSON_FORMAT(JSON_EXTRACT(events.properties, '$["coupon"]')), 'null') AS g0_0
      FROM events AS events
      WHERE
        (
          events.metric_id IN (CAST(? AS BIGINT))
          AND events.occurred_at >= CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
          AND events.occurred_at < CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
        )
        AND events.month BETWEEN 24299 AND 24317
    ) AS found
    WHERE
      (
        found.metric_id = CAST(? AS BIGINT)
        AND NOT COALESCE(found.g0_0 <> 'null', FALSE)
      )
      AND (
        found.occurred_at >= CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
        AND found.occurred_at < CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
        OR found.occurred_at >= CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
        AND found.occurred_at < CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
      )
  ), spans AS (
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
      sorted.joined_at AS since,
      sorted.left_at AS until
    FROM sorted AS sorted
    WHERE
      sorted.plain = 1 AND NOT sorted.joined_at IS NULL
    UNION ALL
    SELECT
      mixed.group_id AS group_id,
      mixed.profile_no AS profile_no,
      mixed.occurred_at AS since,
      mixed.until AS until
    FROM mixed AS mixed
    WHERE
      mixed.action = 'joined'
  )
  SELECT
    c.profile_no AS profile_no,
    c.occurred_at AS occurred_at,
    c.event_id AS event_id,
    c.units AS units
  FROM found AS c
  JOIN spans AS s
    ON s.profile_no = c.profile_no
    AND s.since <= c.occurred_at
    AND (
      s.until IS NULL OR c.occurred_at < s.until
    )
), touched AS (
  WITH told AS (
    WITH due AS (
      WITH people AS (
        SELECT
          converted.profile_no AS profile_no,
          converted.occurred_at AS occurred_at
        FROM converted AS converted
      )
      SELECT DISTINCT
        CAST(people.profile_no AS BIGINT) * 10000000 + DATE_DIFF(
          'HOUR',
          CAST(? AS TIMESTAMP(6) WITH TIME ZONE),
          people.occurred_at
        ) / NULLIF(CAST(CAST(? AS BIGINT) AS BIGINT), 0) - CAST(pair.step AS BIGINT) AS stretch
      FROM people AS people
      CROSS JOIN UNNEST(SPLIT('0 1', ' ')) AS pair(step)
    )
    SELECT
      events.profile_no AS profile_no,
      events.occurred_at AS occurred_at,
      events.event_id AS event_id,
      events.metric_id AS metric_id,
      events.message AS message,
      events.flow AS flow,
      events.campaign AS campaign,
      events.variation AS variation,
      events.machine AS machine,
      events.transactional AS transactional,
      CASE
        WHEN events.metric_id IN (
          CAST(? AS BIGINT),
          CAST(? AS BIGINT),
          CAST(? AS BIGINT)
        )
        THEN 'email'
        WHEN events.metric_id IN (CAST(? AS BIGINT), CAST(? AS BIGINT))
        THEN 'sms'
      END AS channel,
      CASE
        WHEN events.metric_id IN (CAST(? AS BIGINT), CAST(? AS BIGINT))
        THEN 1
      END AS receipt,
      CASE
        WHEN events.metric_id IN (CAST(? AS BIGINT))
        THEN 1
        ELSE 0
      END AS visit,
      CASE
        WHEN events.metric_id IN (CAST(? AS BIGINT))
        THEN 4
        WHEN events.metric_id IN (CAST(? AS BIGINT))
        THEN 3
        WHEN events.metric_id IN (CAST(? AS BIGINT))
        THEN 4
        WHEN events.metric_id IN (CAST(? AS BIGINT))
        THEN 2
      END AS kind,
      CASE
        WHEN events.metric_id IN (CAST(? AS BIGINT))
        THEN CAST(? AS BIGINT)
        WHEN events.metric_id IN (CAST(? AS BIGINT))
        THEN CAST(? AS BIGINT)
        WHEN events.metric_id IN (CAST(? AS BIGINT))
        THEN CAST(? AS BIGINT)
        WHEN events.metric_id IN (CAST(? AS BIGINT))
        THEN CAST(? AS BIGINT)
      END AS hours
    FROM events AS events
    WHERE
      (
        events.metric_id IN (
          CAST(? AS BIGINT),
          CAST(? AS BIGINT),
          CAST(? AS BIGINT),
          CAST(? AS BIGINT),
          CAST(? AS BIGINT)
        )
        AND CAST(events.profile_no AS BIGINT) * 10000000 + DATE_DIFF('HOUR', CAST(? AS TIMESTAMP(6) WITH TIME ZONE), events.occurred_at) / NULLIF(CAST(CAST(? AS BIGINT) AS BIGINT), 0) IN (
          SELECT
            due.stretch AS stretch
          FROM due AS due
        )
      )
      AND events.month BETWEEN 24299 AND 24317
  ), traced AS (
    SELECT
      told.profile_no AS profile_no,
      told.occurred_at AS occurred_at,
      told.event_id AS event_id,
      told.metric_id AS metric_id,
      told.message AS message,
      told.flow AS flow,
      told.campaign AS campaign,
      told.variation AS variation,
      told.machine AS machine,
      told.transactional AS transactional,
      told.channel AS channel,
      told.receipt AS receipt,
      told.visit AS visit,
      told.kind AS kind,
      told.hours AS hours,
      MAX(CASE WHEN told.receipt = 1 THEN told.occurred_at END) OVER (
        PARTITION BY told.profile_no, told.channel, told.message
        ORDER BY told.occurred_at
      ) AS found,
      MAX(CASE WHEN told.receipt = 1 THEN told.transactional END) OVER (
        PARTITION BY told.profile_no, told.channel, told.message
        ORDER BY told.occurred_at
      ) AS formal
    FROM told AS told
    WHERE
      told.visit = 0
  ), acted AS (
    SELECT
      traced.profile_no AS profile_no,
      traced.occurred_at AS occurred_at,
      traced.event_id AS event_id,
      traced.metric_id AS metric_id,
      traced.message AS message,
      traced.flow AS flow,
      traced.campaign AS campaign,
      traced.variation AS variation,
      traced.machine AS machine,
      traced.transactional AS transactional,
      traced.channel AS channel,
      traced.receipt AS receipt,
      traced.visit AS visit,
      traced.kind AS kind,
      traced.hours AS hours,
      traced.found AS found,
      traced.formal AS formal
    FROM traced AS traced
    WHERE
      NOT traced.kind IS NULL AND (
        traced.kind <> 4 OR traced.machine IS NULL
      )
  ), older AS (
    SELECT
      events.profile_no AS profile_no,
      CASE
        WHEN events.metric_id IN (CAST(? AS BIGINT))
        THEN 'email'
        WHEN events.metric_id IN (CAST(? AS BIGINT))
        THEN 'sms'
      END AS channel,
      events.message AS message,
      MIN(events.occurred_at) AS since
    FROM events AS events
    WHERE
      (
        events.metric_id IN (CAST(? AS BIGINT), CAST(? AS BIGINT))
        AND NOT events.message IS NULL
        AND events.occurred_at >= CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
        AND events.occurred_at < CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
        AND events.profile_no IN (
          SELECT
            acted.profile_no AS profile_no
          FROM acted AS acted
          WHERE
            acted.found IS NULL
        )
      )
      AND events.month BETWEEN 24275 AND 24317
    GROUP BY
      events.profile_no,
      CASE
        WHEN events.metric_id IN (CAST(? AS BIGINT))
        THEN 'email'
        WHEN events.metric_id IN (CAST(? AS BIGINT))
        THEN 'sms'
      END,
      events.message
  ), standing AS (
    SELECT
      a.profile_no AS profile_no,
      a.occurred_at AS occurred_at,
      a.event_id AS event_id,
      a.metric_id AS metric_id,
      a.message AS message,
      a.flow AS flow,
      a.campaign AS campaign,
      a.variation AS variation,
      a.machine AS machine,
      a.transactional AS transactional,
      a.channel AS channel,
      a.receipt AS receipt,
      a.visit AS visit,
      a.kind AS kind,
      a.hours AS hours,
      a.found AS found,
      a.formal AS formal,
      CASE
        WHEN a.message IS NULL
        THEN a.occurred_at
        ELSE COALESCE(a.found, a.occurred_at)
      END AS got
    FROM acted AS a
    LEFT JOIN older AS o
      ON o.profile_no = a.profile_no
      AND o.channel = a.channel
      AND o.message = a.message
      AND o.since <= a.occurred_at
    WHERE
      NOT a.found IS NULL OR o.profile_no IS NULL
  ), went AS (
    SELECT
      told.profile_no AS profile_no,
      told.occurred_at AS occurred_at,
      told.event_id AS event_id,
      told.metric_id AS metric_id,
      told.message AS message,
      told.flow AS flow,
      told.campaign AS campaign,
      told.variation AS variation,
      told.machine AS machine,
      told.transactional AS transactional,
      told.channel AS channel,
      told.receipt AS receipt,
      told.visit AS visit,
      told.kind AS kind,
      told.hours AS hours,
      COUNT(told.receipt) OVER (
        PARTITION BY told.profile_no
        ORDER BY told.occurred_at, told.visit, told.event_id
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
      ) AS turn
    FROM told AS told
    WHERE
      told.visit = 1 OR (
        told.receipt = 1
      )
  ), met AS (
    SELECT
      went.profile_no AS profile_no,
      went.occurred_at AS occurred_at,
      went.event_id AS event_id,
      went.metric_id AS metric_id,
      went.visit AS visit,
      MAX(CASE WHEN went.receipt = 1 THEN went.occurred_at END) OVER (PARTITION BY went.profile_no, went.turn) AS received_at,
      MAX(CASE WHEN went.receipt = 1 THEN went.channel END) OVER (PARTITION BY went.profile_no, went.turn) AS channel,
      MAX(CASE WHEN went.receipt = 1 THEN went.message END) OVER (PARTITION BY went.profile_no, went.turn) AS message,
      MAX(CASE WHEN went.receipt = 1 THEN went.flow END) OVER (PARTITION BY went.profile_no, went.turn) AS flow,
      MAX(CASE WHEN went.receipt = 1 THEN went.campaign END) OVER (PARTITION BY went.profile_no, went.turn) AS campaign,
      MAX(CASE WHEN went.receipt = 1 THEN went.variation END) OVER (PARTITION BY went.profile_no, went.turn) AS variation
    FROM went AS went
  ), visited AS (
    SELECT
      met.profile_no AS profile_no,
      met.occurred_at AS occurred_at,
      met.event_id AS event_id,
      met.metric_id AS metric_id,
      met.visit AS visit,
      met.received_at AS received_at,
      met.channel AS channel,
      met.message AS message,
      met.flow AS flow,
      met.campaign AS campaign,
      met.variation AS variation,
      DATE_ADD('HOUR', CAST(? AS BIGINT), met.received_at) AS expires_at
    FROM met AS met
    WHERE
      met.visit = 1 AND NOT met.received_at IS NULL
  )
  SELECT
    standing.profile_no AS profile_no,
    standing.occurred_at AS touched_at,
    standing.got AS received_at,
    DATE_ADD('HOUR', standing.hours, standing.got) AS expires_at,
    standing.kind AS kind,
    standing.channel AS channel,
    standing.message AS message,
    standing.flow AS flow,
    standing.campaign AS campaign,
    standing.variation AS variation,
    standing.event_id AS touch_id,
    standing.metric_id AS touch_metric
  FROM standing AS standing
  UNION ALL
  SELECT
    visited.profile_no AS profile_no,
    visited.occurred_at AS touched_at,
    visited.received_at AS received_at,
    visited.expires_at AS expires_at,
    1 AS kind,
    visited.channel AS channel,
    visited.message AS message,
    visited.flow AS flow,
    visited.campaign AS campaign,
    visited.variation AS variation,
    visited.event_id AS touch_id,
    visited.metric_id AS touch_metric
  FROM visited AS visited
  WHERE
    visited.expires_at >= visited.occurred_at
), able AS (
  WITH able AS (
    WITH words AS (
      SELECT
        rows.profile_no AS profile_no,
        rows.changed_at AS changed_at,
        CASE WHEN rows.property = 'created' THEN rows.said END AS created,
        CASE WHEN rows.property = 'email' THEN rows.said END AS email,
        CASE WHEN rows.property = 'subscriptions' THEN rows.said END AS consents
      FROM (
        SELECT
          profile_history.property AS property,
          profile_history.profile_no AS profile_no,
          profile_history.changed_at AS changed_at,
          profile_history.revision * 4 + CASE
            WHEN profile_history.value IS NULL
            THEN 0
            WHEN profile_history.property <> 'subscriptions'
            THEN 1
            WHEN COALESCE(
              JSON_FORMAT(JSON_EXTRACT(profile_history.value, '$.email.marketing.suppression')),
              '[]'
            ) = '[]'
            THEN 1
            ELSE 2
          END AS said
        FROM profile_history AS profile_history
        WHERE
          profile_history.property IN ('created', 'email', 'subscriptions')
          AND profile_history.changed_at < CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
      ) AS rows
    ), standing AS (
      SELECT
        words.profile_no AS profile_no,
        MAX(words.created) AS created,
        MAX(words.email) AS email,
        MAX(words.consents) AS consents,
        MAX(words.changed_at) AS changed_at
      FROM words AS words
      GROUP BY
        words.profile_no
    ), moved AS (
      SELECT
        w.profile_no AS profile_no,
        w.changed_at AS changed_at,
        w.created AS created,
        w.email AS email,
        w.consents AS consents
      FROM words AS w
      JOIN standing AS s
        ON s.profile_no = w.profile_no
        AND s.changed_at > CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
    ), steps AS (
      SELECT
        'now' AS part,
        moved.profile_no AS profile_no,
        CASE
          WHEN moved.changed_at < CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
          THEN CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
          ELSE moved.changed_at
        END AS changed_at,
        moved.created AS created,
        moved.email AS email,
        moved.consents AS consents
      FROM moved AS moved
      WHERE
        moved.changed_at < CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
        AND CAST(? AS TIMESTAMP(6) WITH TIME ZONE) < CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
      UNION ALL
      SELECT
        'before' AS part,
        moved.profile_no AS profile_no,
        CASE
          WHEN moved.changed_at < CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
          THEN CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
          ELSE moved.changed_at
        END AS changed_at,
        moved.created AS created,
        moved.email AS email,
        moved.consents AS consents
      FROM moved AS moved
      WHERE
        moved.changed_at < CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
        AND CAST(? AS TIMESTAMP(6) WITH TIME ZONE) < CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
    ), followed AS (
      SELECT
        steps.part AS part,
        steps.profile_no AS profile_no,
        MAX(steps.created) OVER (PARTITION BY steps.part, steps.profile_no ORDER BY steps.changed_at) AS created,
        MAX(steps.email) OVER (PARTITION BY steps.part, steps.profile_no ORDER BY steps.changed_at) AS email,
        MAX(steps.consents) OVER (PARTITION BY steps.part, steps.profile_no ORDER BY steps.changed_at) AS consents
      FROM steps AS steps
    ), still AS (
      SELECT
        standing.profile_no AS profile_no
      FROM standing AS standing
      WHERE
        standing.changed_at <= CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
        AND standing.created % 4 = 1
        AND standing.email % 4 = 1
        AND COALESCE(standing.consents, 0) % 4 <> 2
    )
    SELECT
      'now' AS part,
      still.profile_no AS profile_no
    FROM still AS still
    WHERE
      CAST(? AS TIMESTAMP(6) WITH TIME ZONE) < CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
    UNION ALL
    SELECT
      'before' AS part,
      still.profile_no AS profile_no
    FROM still AS still
    WHERE
      CAST(? AS TIMESTAMP(6) WITH TIME ZONE) < CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
    UNION ALL
    SELECT DISTINCT
      followed.part AS part,
      followed.profile_no AS profile_no
    FROM followed AS followed
    WHERE
      followed.created % 4 = 1
      AND followed.email % 4 = 1
      AND COALESCE(followed.consents, 0) % 4 <> 2
  ), spans AS (
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
      sorted.joined_at AS since,
      sorted.left_at AS until
    FROM sorted AS sorted
    WHERE
      sorted.plain = 1 AND NOT sorted.joined_at IS NULL
    UNION ALL
    SELECT
      mixed.group_id AS group_id,
      mixed.profile_no AS profile_no,
      mixed.occurred_at AS since,
      mixed.until AS until
    FROM mixed AS mixed
    WHERE
      mixed.action = 'joined'
  )
  SELECT
    able.part AS part,
    able.profile_no AS profile_no
  FROM able AS able
  WHERE
    able.part = 'now'
    AND able.profile_no IN (
      SELECT
        spans.profile_no AS profile_no
      FROM spans AS spans
      WHERE
        spans.since < CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
        AND (
          spans.until IS NULL
          OR spans.until > CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
        )
    )
  UNION ALL
  SELECT
    able.part AS part,
    able.profile_no AS profile_no
  FROM able AS able
  WHERE
    able.part = 'before'
    AND able.profile_no IN (
      SELECT
        spans.profile_no AS profile_no
      FROM spans AS spans
      WHERE
        spans.since < CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
        AND (
          spans.until IS NULL
          OR spans.until > CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
        )
    )
), passed AS (
  SELECT
    line.profile_no AS profile_no,
    line.at AS at,
    line.units AS units,
    line.asks AS asks,
    MAX(line.expires_at) OVER (
      PARTITION BY line.profile_no
      ORDER BY line.at, line.asks
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS lasts
  FROM (
    SELECT
      touched.profile_no AS profile_no,
      touched.touched_at AS at,
      touched.expires_at AS expires_at,
      CAST(NULL AS BIGINT) AS units,
      0 AS asks
    FROM touched AS touched
    UNION ALL
    SELECT
      converted.profile_no AS profile_no,
      converted.occurred_at AS at,
      CAST(NULL AS TIMESTAMP(6) WITH TIME ZONE) AS expires_at,
      converted.units AS units,
      1 AS asks
    FROM converted AS converted
  ) AS line
), lines AS (
  SELECT
    passed.profile_no AS profile_no,
    passed.at AS at,
    COALESCE(passed.units, 0) AS units,
    CASE WHEN passed.lasts >= passed.at THEN 1 ELSE 0 END AS credited
  FROM passed AS passed
  WHERE
    passed.asks = 1
), parted AS (
  SELECT
    lines.profile_no AS profile_no,
    lines.at AS at,
    lines.units AS units,
    lines.credited AS credited,
    'now' AS part
  FROM lines AS lines
  WHERE
    lines.at >= CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
    AND lines.at < CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
  UNION ALL
  SELECT
    lines.profile_no AS profile_no,
    lines.at AS at,
    lines.units AS units,
    lines.credited AS credited,
    'before' AS part
  FROM lines AS lines
  WHERE
    lines.at >= CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
    AND lines.at < CAST(? AS TIMESTAMP(6) WITH TIME ZONE)
), people AS (
  SELECT
    parted.part AS part,
    LEAST(COUNT(*), CAST(? AS BIGINT)) AS conversions,
    COUNT(*) AS total,
    SUM(parted.credited) AS credited,
    SUM(parted.units) AS units,
    SUM(parted.credited * parted.units) AS credited_units,
    MAX(parted.at) AS newest
  FROM parted AS parted
  GROUP BY
    parted.part,
    parted.profile_no
)
SELECT
  people.part AS part,
  people.conversions AS conversions,
  COUNT(*) AS profiles,
  SUM(people.total) AS total,
  SUM(people.credited) AS credited,
  SUM(people.units) AS units,
  SUM(people.credited_units) AS credited_units,
  MAX(people.newest) AS newest
FROM people AS people
GROUP BY
  people.part,
  people.conversions
UNION ALL
SELECT
  able.part AS part,
  0 AS conversions,
  COUNT(*) AS profiles,
  0 AS "0",
  0 AS "0",
  0 AS "0",
  0 AS "0",
  CAST(NULL AS TIMESTAMP(6) WITH TIME ZONE) AS "null"
FROM able AS able
GROUP BY
  able.part
ORDER BY
  part,
  conversions
