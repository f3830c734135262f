WITH picked AS (
  WITH conversions AS (
    WITH m1 AS (
      SELECT
        found.profile_no AS profile_no,
        found.occurred_at AS occurred_at,
        found.event_id AS event_id,
        CASE
          WHEN found.metric_id = CAST($picked_conversions_m1_v4 AS BIGINT)
          AND NOT COALESCE(found.g0_0 <> 'null', FALSE)
          THEN CASE
            WHEN (
              found.value
            ) * CASE found.currency
              WHEN CAST($picked_conversions_m1_v5 AS TEXT)
              THEN CAST($picked_conversions_m1_v6 AS DOUBLE)
              ELSE CAST(1 AS DOUBLE)
            END BETWEEN -1e12 AND 1e12
            THEN CAST(ROUND(
              (
                found.value
              ) * CASE found.currency
                WHEN CAST($picked_conversions_m1_v5 AS TEXT)
                THEN CAST($picked_conversions_m1_v6 AS DOUBLE)
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
          NULLIF(CAST(JSON_EXTRACT(events.properties, '/coupon') AS TEXT), 'null') AS g0_0
        FROM events_24305_24318 AS events
        WHERE
          events.metric_id IN (CAST($picked_conversions_m1_v1_0 AS BIGINT))
          AND events.occurred_at >= CAST($picked_conversions_m1_v2 AS TIMESTAMPTZ)
          AND events.occurred_at < CAST($picked_conversions_m1_v3 AS TIMESTAMPTZ)
      ) AS found
      WHERE
        (
          found.metric_id = CAST($picked_conversions_m1_v4 AS BIGINT)
          AND NOT COALESCE(found.g0_0 <> 'null', FALSE)
        )
    ), plain AS (
      SELECT
        events.profile_no AS profile_no,
        events.occurred_at AS occurred_at,
        events.event_id AS event_id,
        events.metric_id AS metric_id,
        CASE
          WHEN (
            events.value
          ) * CASE events.currency
            WHEN CAST($picked_conversions_plain_v0 AS TEXT)
            THEN CAST($picked_conversions_plain_v1 AS DOUBLE)
            ELSE CAST(1 AS DOUBLE)
          END BETWEEN -1e12 AND 1e12
          THEN CAST(ROUND(
            (
              events.value
            ) * CASE events.currency
              WHEN CAST($picked_conversions_plain_v0 AS TEXT)
              THEN CAST($picked_conversions_plain_v1 AS DOUBLE)
              ELSE CAST(1 AS DOUBLE)
            END * 10000
          ) AS BIGINT)
        END AS units
      FROM events_24305_24318 AS events
      WHERE
        events.metric_id = CAST($picked_conversions_plain_v2 AS BIGINT)
        AND events.occurred_at >= CAST($picked_conversions_plain_v3 AS TIMESTAMPTZ)
        AND events.occurred_at < CAST($picked_conversions_plain_v4 AS TIMESTAMPTZ)
    )
    SELECT
      1 AS metric,
      m1.profile_no AS profile_no,
      m1.occurred_at AS occurred_at,
      m1.event_id AS event_id,
      m1.units AS units
    FROM m1 AS m1
    UNION ALL
    SELECT
      CASE plain.metric_id WHEN 1 THEN 0 END AS metric,
      plain.profile_no AS profile_no,
      plain.occurred_at AS occurred_at,
      plain.event_id AS event_id,
      plain.units AS units
    FROM plain AS plain
  ), credits AS (
    WITH conversions AS (
      WITH shown AS (
        WITH m1 AS (
          SELECT
            found.profile_no AS profile_no,
            found.occurred_at AS occurred_at,
            found.event_id AS event_id,
            CASE
              WHEN found.metric_id = CAST($picked_credits_conversions_shown_m1_v4 AS BIGINT)
              AND NOT COALESCE(found.g0_0 <> 'null', FALSE)
              THEN CASE
                WHEN (
                  found.value
                ) * CASE found.currency
                  WHEN CAST($picked_credits_conversions_shown_m1_v5 AS TEXT)
                  THEN CAST($picked_credits_conversions_shown_m1_v6 AS DOUBLE)
                  ELSE CAST(1 AS DOUBLE)
                END BETWEEN -1e12 AND 1e12
                THEN CAST(ROUND(
                  (
                    found.value
                  ) * CASE found.currency
                    WHEN CAST($picked_credits_conversions_shown_m1_v5 AS TEXT)
                    THEN CAST($picked_credits_conversions_shown_m1_v6 AS DOUBLE)
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
              NULLIF(CAST(JSON_EXTRACT(events.properties, '/coupon') AS TEXT), 'null') AS g0_0
            FROM events_24305_24318 AS events
            WHERE
              events.metric_id IN (CAST($picked_credits_conversions_shown_m1_v1_0 AS BIGINT))
              AND events.occurred_at >= CAST($picked_credits_conversions_shown_m1_v2 AS TIMESTAMPTZ)
              AND events.occurred_at < CAST($picked_credits_conversions_shown_m1_v3 AS TIMESTAMPTZ)
          ) AS found
          WHERE
            (
              found.metric_id = CAST($picked_credits_conversions_shown_m1_v4 AS BIGINT)
              AND NOT COALESCE(found.g0_0 <> 'null', FALSE)
            )
        ), plain AS (
          SELECT
            events.profile_no AS profile_no,
            events.occurred_at AS occurred_at,
            events.event_id AS event_id,
            events.metric_id AS metric_id,
            CASE
              WHEN (
                events.value
              ) * CASE events.currency
                WHEN CAST($picked_credits_conversions_shown_plain_v0 AS TEXT)
                THEN CAST($picked_credits_conversions_shown_plain_v1 AS DOUBLE)
                ELSE CAST(1 AS DOUBLE)
              END BETWEEN -1e12 AND 1e12
              THEN CAST(ROUND(
                (
                  events.value
                ) * CASE events.currency
                  WHEN CAST($picked_credits_conversions_shown_plain_v0 AS TEXT)
                  THEN CAST($picked_credits_conversions_shown_plain_v1 AS DOUBLE)
                  ELSE CAST(1 AS DOUBLE)
                END * 10000
              ) AS BIGINT)
            END AS units
          FROM events_24305_24318 AS events
          WHERE
            events.metric_id = CAST($picked_credits_conversions_shown_plain_v2 AS BIGINT)
            AND events.occurred_at >= CAST($picked_credits_conversions_shown_plain_v3 AS TIMESTAMPTZ)
            AND events.occurred_at < CAST($picked_credits_conversions_shown_plain_v4 AS TIMESTAMPTZ)
        )
        SELECT
          1 AS metric,
          m1.profile_no AS profile_no,
          m1.occurred_at AS occurred_at,
          m1.event_id AS event_id,
          m1.units AS units
        FROM m1 AS m1
        UNION ALL
        SELECT
          CASE plain.metric_id WHEN 1 THEN 0 END AS metric,
          plain.profile_no AS profile_no,
          plain.occurred_at AS occurred_at,
          plain.event_id AS event_id,
          plain.units AS units
        FROM plain AS plain
      )
      SELECT DISTINCT
        shown.profile_no AS profile_no,
        shown.occurred_at AS occurred_at,
        shown.event_id AS event_id,
        CAST(NULL AS BIGINT) AS units
      FROM shown AS shown
    ), touched AS (
      WITH told AS (
        WITH due AS (
          WITH people AS (
            WITH shown AS (
              WITH m1 AS (
                SELECT
                  found.profile_no AS profile_no,
                  found.occurred_at AS occurred_at,
                  found.event_id AS event_id,
                  CASE
                    WHEN found.metric_id = CAST($picked_credits_touched_told_due_people_shown_m1_v4 AS BIGINT)
                    AND NOT COALESCE(found.g0_0 <> 'null', FALSE)
                    THEN CASE
                      WHEN (
                        found.value
                      ) * CASE found.currency
                        WHEN CAST($picked_credits_touched_told_due_people_shown_m1_v5 AS TEXT)
                        THEN CAST($picked_credits_touched_told_due_people_shown_m1_v6 AS DOUBLE)
                        ELSE CAST(1 AS DOUBLE)
                      END BETWEEN -1e12 AND 1e12
                      THEN CAST(ROUND(
                        (
                          found.value
                        ) * CASE found.currency
                          WHEN CAST($picked_credits_touched_told_due_people_shown_m1_v5 AS TEXT)
                          THEN CAST($picked_credits_touched_told_due_people_shown_m1_v6 AS DOUBLE)
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
                    NULLIF(CAST(JSON_EXTRACT(events.properties, '/coupon') AS TEXT), 'null') AS g0_0
                  FROM events_24305_24318 AS events
                  WHERE
                    events.metric_id IN (CAST($picked_credits_touched_told_due_people_shown_m1_v1_0 AS BIGINT))
                    AND events.occurred_at >= CAST($picked_credits_touched_told_due_people_shown_m1_v2 AS TIMESTAMPTZ)
                    AND events.occurred_at < CAST($picked_credits_touched_told_due_people_shown_m1_v3 AS TIMESTAMPTZ)
                ) AS found
                WHERE
                  (
                    found.metric_id = CAST($picked_credits_touched_told_due_people_shown_m1_v4 AS BIGINT)
                    AND NOT COALESCE(found.g0_0 <> 'null', FALSE)
                  )
              ), plain AS (
                SELECT
                  events.profile_no AS profile_no,
                  events.occurred_at AS occurred_at,
                  events.event_id AS event_id,
                  events.metric_id AS metric_id,
                  CASE
                    WHEN (
                      events.value
                    ) * CASE events.currency
                      WHEN CAST($picked_credits_touched_told_due_people_shown_plain_v0 AS TEXT)
                      THEN CAST($picked_credits_touched_told_due_people_shown_plain_v1 AS DOUBLE)
                      ELSE CAST(1 AS DOUBLE)
                    END BETWEEN -1e12 AND 1e12
                    THEN CAST(ROUND(
                      (
                        events.value
                      ) * CASE events.currency
                        WHEN CAST($picked_credits_touched_told_due_people_shown_plain_v0 AS TEXT)
                        THEN CAST($picked_credits_touched_told_due_people_shown_plain_v1 AS DOUBLE)
                        ELSE CAST(1 AS DOUBLE)
                      END * 10000
                    ) AS BIGINT)
                  END AS units
                FROM events_24305_24318 AS events
                WHERE
                  events.metric_id = CAST($picked_credits_touched_told_due_people_shown_plain_v2 AS BIGINT)
                  AND events.occurred_at >= CAST($picked_credits_touched_told_due_people_shown_plain_v3 AS TIMESTAMPTZ)
                  AND events.occurred_at < CAST($picked_credits_touched_told_due_people_shown_plain_v4 AS TIMESTAMPTZ)
              )
              SELECT
                1 AS metric,
                m1.profile_no AS profile_no,
                m1.occurred_at AS occurred_at,
                m1.event_id AS event_id,
                m1.units AS units
              FROM m1 AS m1
              UNION ALL
              SELECT
                CASE plain.metric_id WHEN 1 THEN 0 END AS metric,
                plain.profile_no AS profile_no,
                plain.occurred_at AS occurred_at,
                plain.event_id AS event_id,
                plain.units AS units
              FROM plain AS plain
            )
            SELECT DISTINCT
              shown.profile_no AS profile_no,
              shown.occurred_at AS occurred_at,
              shown.event_id AS event_id,
              CAST(NULL AS BIGINT) AS units
            FROM shown AS shown
          )
          SELECT DISTINCT
            CAST(people.profile_no AS BIGINT) * 10000000 + (
              EPOCH_US(people.occurred_at) - EPOCH_US(CAST($picked_credits_touched_told_due_epoch AS TIMESTAMPTZ))
            ) // 3600000000 // NULLIF(CAST(CAST($picked_credits_touched_told_due_hours AS BIGINT) AS BIGINT), 0) - CAST(pair.step AS BIGINT) AS stretch
          FROM people AS people
          CROSS JOIN UNNEST(STR_SPLIT('0 1', ' ')) AS pair(step)
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
              CAST($picked_credits_touched_told_v8_0 AS BIGINT),
              CAST($picked_credits_touched_told_v8_1 AS BIGINT),
              CAST($picked_credits_touched_told_v8_2 AS BIGINT)
            )
            THEN 'email'
            WHEN events.metric_id IN (
              CAST($picked_credits_touched_told_v9_0 AS BIGINT),
              CAST($picked_credits_touched_told_v9_1 AS BIGINT)
            )
            THEN 'sms'
          END AS channel,
          CASE
            WHEN events.metric_id IN (
              CAST($picked_credits_touched_told_v10_0 AS BIGINT),
              CAST($picked_credits_touched_told_v10_1 AS BIGINT)
            )
            THEN 1
          END AS receipt,
          CASE
            WHEN events.metric_id IN (CAST($picked_credits_touched_told_v11_0 AS BIGINT))
            THEN 1
            ELSE 0
          END AS visit,
          CASE
            WHEN events.metric_id IN (CAST($picked_credits_touched_told_v0_0 AS BIGINT))
            THEN 4
            WHEN events.metric_id IN (CAST($picked_credits_touched_told_v2_0 AS BIGINT))
            THEN 3
            WHEN events.metric_id IN (CAST($picked_credits_touched_told_v4_0 AS BIGINT))
            THEN 4
            WHEN events.metric_id IN (CAST($picked_credits_touched_told_v6_0 AS BIGINT))
            THEN 2
          END AS kind,
          CASE
            WHEN events.metric_id IN (CAST($picked_credits_touched_told_v0_0 AS BIGINT))
            THEN CAST($picked_credits_touched_told_v1 AS BIGINT)
            WHEN events.metric_id IN (CAST($picked_credits_touched_told_v2_0 AS BIGINT))
            THEN CAST($picked_credits_touched_told_v3 AS BIGINT)
            WHEN events.metric_id IN (CAST($picked_credits_touched_told_v4_0 AS BIGINT))
            THEN CAST($picked_credits_touched_told_v5 AS BIGINT)
            WHEN events.metric_id IN (CAST($picked_credits_touched_told_v6_0 AS BIGINT))
            THEN CAST($picked_credits_touched_told_v7 AS BIGINT)
          END AS hours
        FROM events_24305_24318 AS events
        WHERE
          events.metric_id IN (
            CAST($picked_credits_touched_told_v12_0 AS BIGINT),
            CAST($picked_credits_touched_told_v12_1 AS BIGINT),
            CAST($picked_credits_touched_told_v12_2 AS BIGINT),
            CAST($picked_credits_touched_told_v12_3 AS BIGINT),
            CAST($picked_credits_touched_told_v12_4 AS BIGINT)
          )
          AND CAST(events.profile_no AS BIGINT) * 10000000 + (
            EPOCH_US(events.occurred_at) - EPOCH_US(CAST($picked_credits_touched_told_epoch AS TIMESTAMPTZ))
          ) // 3600000000 // NULLIF(CAST(CAST($picked_credits_touched_told_hours AS BIGINT) AS BIGINT), 0) IN (
            SELECT
              due.stretch AS stretch
            FROM due AS due
          )
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
            WHEN events.metric_id IN (CAST($picked_credits_touched_v3_0 AS BIGINT))
            THEN 'email'
            WHEN events.metric_id IN (CAST($picked_credits_touched_v4_0 AS BIGINT))
            THEN 'sms'
          END AS channel,
          events.message AS message,
          MIN(events.occurred_at) AS since
        FROM events_24281_24318 AS events
        WHERE
          events.metric_id IN (
            CAST($picked_credits_touched_v0_0 AS BIGINT),
            CAST($picked_credits_touched_v0_1 AS BIGINT)
          )
          AND NOT events.message IS NULL
          AND events.occurred_at >= CAST($picked_credits_touched_v1 AS TIMESTAMPTZ)
          AND events.occurred_at < CAST($picked_credits_touched_v2 AS TIMESTAMPTZ)
          AND events.profile_no IN (
            SELECT
              acted.profile_no AS profile_no
            FROM acted AS acted
            WHERE
              acted.found IS NULL
          )
        GROUP BY
          events.profile_no,
          CASE
            WHEN events.metric_id IN (CAST($picked_credits_touched_v3_0 AS BIGINT))
            THEN 'email'
            WHEN events.metric_id IN (CAST($picked_credits_touched_v4_0 AS BIGINT))
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
          met.received_at + INTERVAL (CAST($picked_credits_touched_v5 AS BIGINT)) HOUR AS expires_at
        FROM met AS met
        WHERE
          met.visit = 1 AND NOT met.received_at IS NULL
      )
      SELECT
        standing.profile_no AS profile_no,
        standing.occurred_at AS touched_at,
        standing.got AS received_at,
        standing.got + INTERVAL (standing.hours) HOUR AS expires_at,
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
    ), laned AS (
      SELECT
        touched.profile_no AS profile_no,
        touched.touched_at AS touched_at,
        touched.received_at AS received_at,
        touched.expires_at AS expires_at,
        touched.kind AS kind,
        touched.channel AS channel,
        touched.message AS message,
        touched.flow AS flow,
        touched.campaign AS campaign,
        touched.variation AS variation,
        touched.touch_id AS touch_id,
        touched.touch_metric AS touch_metric,
        1 AS lane
      FROM touched AS touched
    ), asking AS (
      SELECT
        conversions.profile_no AS profile_no,
        1 AS lane,
        conversions.occurred_at AS occurred_at,
        conversions.event_id AS event_id
      FROM conversions AS conversions
    ), line0 AS (
      SELECT
        laned.profile_no AS profile_no,
        laned.lane AS lane,
        laned.touched_at AS "at",
        0 AS asks,
        ROW_NUMBER() OVER (
          PARTITION BY laned.profile_no, laned.lane
          ORDER BY laned.touched_at, laned.kind, laned.received_at, laned.touch_id
        ) AS no,
        laned.expires_at AS expires_at,
        laned.touch_id AS id,
        CAST(NULL AS BIGINT) AS credited,
        LEAD(laned.expires_at) OVER (
          PARTITION BY laned.profile_no, laned.lane
          ORDER BY laned.touched_at, laned.kind, laned.received_at, laned.touch_id
        ) AS following
      FROM laned AS laned
      UNION ALL
      SELECT
        asking.profile_no AS profile_no,
        asking.lane AS lane,
        asking.occurred_at AS "at",
        1 AS asks,
        CAST(NULL AS BIGINT) AS no,
        CAST(NULL AS TIMESTAMPTZ) AS expires_at,
        asking.event_id AS id,
        CAST(NULL AS BIGINT) AS credited,
        CAST(NULL AS TIMESTAMPTZ) AS following
      FROM asking AS asking
    ), passed1 AS (
      SELECT
        line0.profile_no AS profile_no,
        line0.lane AS lane,
        line0."at" AS "at",
        line0.asks AS asks,
        line0.no AS no,
        line0.expires_at AS expires_at,
        line0.id AS id,
        line0.credited AS credited,
        line0.following AS following,
        MAX(line0.no) OVER (
          PARTITION BY line0.profile_no, line0.lane
          ORDER BY line0."at", line0.asks, line0.no
          ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS newest,
        MAX(line0.expires_at) OVER (
          PARTITION BY line0.profile_no, line0.lane
          ORDER BY line0."at", line0.asks, line0.no
          ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS longest
      FROM line0 AS line0
    ), tried1 AS (
      SELECT
        passed1.profile_no AS profile_no,
        passed1.lane AS lane,
        passed1."at" AS "at",
        passed1.asks AS asks,
        passed1.no AS no,
        passed1.expires_at AS expires_at,
        passed1.id AS id,
        passed1.credited AS credited,
        passed1.following AS following,
        passed1.newest AS newest,
        passed1.longest AS longest,
        MAX(passed1.expires_at) OVER (PARTITION BY passed1.profile_no, passed1.lane, passed1.newest) AS expires,
        MAX(CASE WHEN passed1.asks = 0 THEN passed1.id END) OVER (PARTITION BY passed1.profile_no, passed1.lane, passed1.newest) AS touch
      FROM passed1 AS passed1
      WHERE
        passed1.asks = 0
        OR NOT passed1.credited IS NULL
        OR passed1.longest >= passed1."at"
    ), line1 AS (
      SELECT
        t.profile_no AS profile_no,
        t.lane AS lane,
        t."at" AS "at",
        t.asks AS asks,
        t.no AS no,
        t.expires_at AS expires_at,
        t.id AS id,
        COALESCE(t.credited, CASE WHEN t.asks = 1 AND t.expires >= t."at" THEN t.touch END) AS credited,
        LEAD(t.expires_at) OVER (PARTITION BY t.profile_no, t.lane, t.asks ORDER BY t.no) AS following
      FROM tried1 AS t
      WHERE
        t.asks = 1 OR t.following < t.expires_at
    ), passed2 AS (
      SELECT
        line1.profile_no AS profile_no,
        line1.lane AS lane,
        line1."at" AS "at",
        line1.asks AS asks,
        line1.no AS no,
        line1.expires_at AS expires_at,
        line1.id AS id,
        line1.credited AS credited,
        line1.following AS following,
        MAX(line1.no) OVER (
          PARTITION BY line1.profile_no, line1.lane
          ORDER BY line1."at", line1.asks, line1.no
          ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS newest,
        MAX(line1.expires_at) OVER (
          PARTITION BY line1.profile_no, line1.lane
          ORDER BY line1."at", line1.asks, line1.no
          ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS longest
      FROM line1 AS line1
    ), tried2 AS (
      SELECT
        passed2.profile_no AS profile_no,
        passed2.lane AS lane,
        passed2."at" AS "at",
        passed2.asks AS asks,
        passed2.no AS no,
        passed2.expires_at AS expires_at,
        passed2.id AS id,
        passed2.credited AS credited,
        passed2.following AS following,
        passed2.newest AS newest,
        passed2.longest AS longest,
        MAX(passed2.expires_at) OVER (PARTITION BY passed2.profile_no, passed2.lane, passed2.newest) AS expires,
        MAX(CASE WHEN passed2.asks = 0 THEN passed2.id END) OVER (PARTITION BY passed2.profile_no, passed2.lane, passed2.newest) AS touch
      FROM passed2 AS passed2
      WHERE
        passed2.asks = 0
        OR NOT passed2.credited IS NULL
        OR passed2.longest >= passed2."at"
    ), line2 AS (
      SELECT
        t.profile_no AS profile_no,
        t.lane AS lane,
        t."at" AS "at",
        t.asks AS asks,
        t.no AS no,
        t.expires_at AS expires_at,
        t.id AS id,
        COALESCE(t.credited, CASE WHEN t.asks = 1 AND t.expires >= t."at" THEN t.touch END) AS credited,
        LEAD(t.expires_at) OVER (PARTITION BY t.profile_no, t.lane, t.asks ORDER BY t.no) AS following
      FROM tried2 AS t
      WHERE
        t.asks = 1 OR t.following < t.expires_at
    ), passed3 AS (
      SELECT
        line2.profile_no AS profile_no,
        line2.lane AS lane,
        line2."at" AS "at",
        line2.asks AS asks,
        line2.no AS no,
        line2.expires_at AS expires_at,
        line2.id AS id,
        line2.credited AS credited,
        line2.following AS following,
        MAX(line2.no) OVER (
          PARTITION BY line2.profile_no, line2.lane
          ORDER BY line2."at", line2.asks, line2.no
          ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS newest,
        MAX(line2.expires_at) OVER (
          PARTITION BY line2.profile_no, line2.lane
          ORDER BY line2."at", line2.asks, line2.no
          ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS longest
      FROM line2 AS line2
    ), tried3 AS (
      SELECT
        passed3.profile_no AS profile_no,
        passed3.lane AS lane,
        passed3."at" AS "at",
        passed3.asks AS asks,
        passed3.no AS no,
        passed3.expires_at AS expires_at,
        passed3.id AS id,
        passed3.credited AS credited,
        passed3.following AS following,
        passed3.newest AS newest,
        passed3.longest AS longest,
        MAX(passed3.expires_at) OVER (PARTITION BY passed3.profile_no, passed3.lane, passed3.newest) AS expires,
        MAX(CASE WHEN passed3.asks = 0 THEN passed3.id END) OVER (PARTITION BY passed3.profile_no, passed3.lane, passed3.newest) AS touch
      FROM passed3 AS passed3
      WHERE
        passed3.asks = 0
        OR NOT passed3.credited IS NULL
        OR passed3.longest >= passed3."at"
    ), line3 AS (
      SELECT
        t.profile_no AS profile_no,
        t.lane AS lane,
        t."at" AS "at",
        t.asks AS asks,
        t.no AS no,
        t.expires_at AS expires_at,
        t.id AS id,
        COALESCE(t.credited, CASE WHEN t.asks = 1 AND t.expires >= t."at" THEN t.touch END) AS credited,
        LEAD(t.expires_at) OVER (PARTITION BY t.profile_no, t.lane, t.asks ORDER BY t.no) AS following
      FROM tried3 AS t
      WHERE
        t.asks = 1 OR t.following < t.expires_at
    ), rest AS (
      SELECT
        line3.id AS id,
        line3.lane AS lane,
        line3."at" AS "at",
        CAST(line3.profile_no AS BIGINT) * 10000000 + (
          EPOCH_US(line3."at") - EPOCH_US(CAST($picked_credits_epoch AS TIMESTAMPTZ))
        ) // 3600000000 // NULLIF(CAST(CAST($picked_credits_hours AS BIGINT) AS BIGINT), 0) AS stretch
      FROM line3 AS line3
      WHERE
        line3.asks = 1 AND line3.credited IS NULL
    ), spares AS (
      SELECT
        line3.lane AS lane,
        line3."at" AS "at",
        line3.no AS no,
        line3.expires_at AS expires_at,
        line3.id AS id,
        CAST(line3.profile_no AS BIGINT) * 10000000 + (
          EPOCH_US(line3."at") - EPOCH_US(CAST($picked_credits_epoch AS TIMESTAMPTZ))
        ) // 3600000000 // NULLIF(CAST(CAST($picked_credits_hours AS BIGINT) AS BIGINT), 0) + CAST(pair.step AS BIGINT) AS stretch
      FROM line3 AS line3
      CROSS JOIN UNNEST(STR_SPLIT('0 1', ' ')) AS pair(step)
      WHERE
        line3.asks = 0
    ), ranked AS (
      SELECT
        r.id AS id,
        s.id AS touch,
        ROW_NUMBER() OVER (PARTITION BY r.id, r.lane ORDER BY s.no DESC) AS place
      FROM rest AS r
      JOIN spares AS s
        ON s.stretch = r.stretch AND s.lane = r.lane
      WHERE
        s."at" <= r."at" AND s.expires_at >= r."at"
    ), credited AS (
      SELECT
        line3.id AS event_id,
        line3.credited AS touch_id
      FROM line3 AS line3
      WHERE
        line3.asks = 1 AND NOT line3.credited IS NULL
      UNION ALL
      SELECT
        ranked.id AS event_id,
        ranked.touch AS touch_id
      FROM ranked AS ranked
      WHERE
        ranked.place = 1
    )
    SELECT
      c.event_id AS event_id,
      c.profile_no AS profile_no,
      c.occurred_at AS occurred_at,
      t.touched_at AS touched_at,
      t.received_at AS received_at,
      t.kind AS kind,
      t.channel AS channel,
      t.message AS message,
      t.flow AS flow,
      t.campaign AS campaign,
      t.variation AS variation,
      t.touch_id AS touch_id,
      t.touch_metric AS touch_metric,
      1000000 AS weight,
      c.units AS units
    FROM credited AS k
    JOIN conversions AS c
      ON c.event_id = k.event_id
    JOIN touched AS t
      ON t.touch_id = k.touch_id
  ), shares AS (
    SELECT
      credits.event_id AS event_id,
      credits.channel AS channel,
      credits.weight AS weight,
      COUNT(*) OVER (PARTITION BY credits.event_id) AS parts,
      ROW_NUMBER() OVER (
        PARTITION BY credits.event_id
        ORDER BY credits.touched_at DESC, credits.kind DESC, credits.received_at DESC, credits.touch_id DESC
      ) AS part
    FROM credits AS credits
  )
  SELECT
    e.metric AS metric,
    e.profile_no AS profile_no,
    e.occurred_at AS occurred_at,
    COALESCE(s.weight, 1000000) AS weight,
    COALESCE(s.channel, '') AS name,
    CASE
      WHEN s.event_id IS NULL
      THEN e.units
      ELSE e.units // NULLIF(s.parts, 0) + CASE
        WHEN s.part > ABS(e.units % NULLIF(s.parts, 0))
        THEN 0
        WHEN e.units < 0
        THEN -1
        ELSE 1
      END
    END AS units
  FROM conversions AS e
  LEFT JOIN shares AS s
    ON s.event_id = e.event_id
)
SELECT
  picked.metric AS metric,
  picked.name AS name,
  CAST(SUM(picked.weight) AS BIGINT) AS total,
  MAX(picked.occurred_at) AS newest,
  CAST(SUM(picked.units) AS BIGINT) AS units,
  COALESCE(CAST(SUM(CASE WHEN NOT picked.units IS NULL THEN picked.weight END) AS BIGINT), 0) AS valued
FROM picked AS picked
GROUP BY
  picked.metric,
  picked.name
ORDER BY
  metric,
  name
LIMIT 100001
