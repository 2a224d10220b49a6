/** Everything that fired, newest first. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { calls } from '../../api/calls.ts';
import { Page } from '../../shell/page.tsx';
import { Button, ButtonLink } from '../../ui/button.tsx';
import { Empty, Failed, Loading } from '../../ui/state.tsx';
import { TriggerRows } from './trigger-rows.tsx';

export function TriggersView() {
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ['triggers', 'all'],
    queryFn: ({ pageParam }) => calls.triggers({ cursor: pageParam }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
  });
  const triggers = data?.pages.flatMap(({ items }) => items);
  return (
    <Page title="Triggers" tabTitle="Triggers" lead="Every firing with the two values that prove it, and who was told.">
      {error && !triggers ? (
        <Failed what="The triggers" error={error} retry={() => void refetch()} />
      ) : !triggers ? (
        <Loading what="the triggers" />
      ) : triggers.length === 0 ? (
        <Empty
          icon="triggers"
          title="Nothing has fired yet"
          action={<ButtonLink to="/alerts/new">New alert</ButtonLink>}
        >
          When an alert fires it stands here for good: the rule, both values, where they came from and when.
        </Empty>
      ) : (
        <>
          <TriggerRows triggers={triggers} />
          {hasNextPage && (
            <Button className="mt-4" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
              Show older ones
            </Button>
          )}
        </>
      )}
    </Page>
  );
}
